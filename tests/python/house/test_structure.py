"""The house keeps its plan: who may read whom, no circles of imports, no model of two grains."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

from support.commands import ROOT

#: Vendors are named in their own rooms alone.
_NAMES = (
    "stripe|openai|anthropic|paddle|chargebee|recurly|braintree|billing_files|polar|lemon_squeezy"
)
VENDORS = re.compile(rf"'({_NAMES})'|(stg|int)_({_NAMES}|focus|custom|aws|datadog)__")
ROOMS_OF_ALL_VENDORS = (
    "core", "marts", "intermediate/billing", "intermediate/cost", "intermediate/mrr",
    "intermediate/revenue", "intermediate/usage", "intermediate/loads",
)  # fmt: skip

#: Intermediate models that read a fact: bills and lines are shared out by what the facts say.
READ_BACK_FROM_CORE = {
    ("int_revenue_lines", "fct_invoice_lines"),
    ("int_revenue_weights_by_cost", "fct_cost_attribution"),
    ("int_cost_accounts_of_projects", "fct_provider_costs"),
    ("int_cost_line_verdicts", "fct_provider_costs"),
    ("int_cost_lines_of_models", "fct_provider_costs"),
    ("int_cost_rule_features", "fct_provider_costs"),
    ("int_cost_weights_of_other_lines", "fct_provider_costs"),
}


def sql_files(room: str) -> list[Path]:
    return sorted((ROOT / "models" / room).rglob("*.sql"))


def modules(package: str) -> dict[str, Path]:
    """Dotted name -> file of every module of a package."""
    found = {}
    for path in (ROOT / package).rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: set[str]) -> set[str]:
    """Modules of the project that a module needs before it can be imported itself."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= named if named <= known else {node.module}
    return names & known


def test_no_module_needs_itself() -> None:
    files = modules("pipelines") | modules("demo") | modules("dashboards")
    needs = {name: imported(path, set(files)) - {name} for name, path in files.items()}
    list(TopologicalSorter(needs).static_order())  # raises CycleError


def test_few_models_read_back_from_core() -> None:
    found = {
        (path.stem, fact)
        for path in sql_files("intermediate")
        for fact in re.findall(r"ref\('((?:fct|dim)_\w+)'\)", path.read_text("utf-8"))
    }
    assert found == READ_BACK_FROM_CORE


def test_below_a_vendors_rooms_nothing_names_a_vendor() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for room in ROOMS_OF_ALL_VENDORS
        for path in sql_files(room)
        if VENDORS.search(path.read_text("utf-8").replace("'stripe_compat'", ""))
    ]
    assert not naming


def test_no_model_is_long() -> None:
    long = {
        path.stem: lines
        for path in sql_files("")
        if (lines := len(path.read_text("utf-8").splitlines())) > 150
    }
    assert not long
