"""The seeds a user of this company would have written: features, plan limits, rules, rates.

Same columns as the project's own seeds; every row says in `note` that it belongs to the demo.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from demo.company.ai_usage import (
    CLAUDE_SINCE,
    FEATURE_IDS,
    KEYS,
    OUTAGE,
    PROJECTS,
    SMALL_CHAT_SINCE,
    WORKSPACES,
)
from demo.company.contracts import PRODUCT, SOURCE
from demo.company.models import MODELS
from demo.company.plans import FEATURES, PLANS
from demo.company.planted import ANOMALY_AGO
from demo.company.price_change import RAISED
from demo.company.provider_bill import BUNDLE, EVALS, FILE_SEARCH, WEB_SEARCH
from demo.making import DemoParameters
from demo.timeline import DAY, day_of, month_start, shift_month
from demo.truth.writing import demo_rates, write_csv
from demo.vendors.naming import named

NOTE: Final = "demo company"

#: The seeds of the project.
SEEDS: Final = Path(__file__).resolve().parents[1] / "seeds"

#: Products that are not plans, and the features they pay for.
_OTHER_PRODUCTS: Final = {
    "prod_vat": ("chat", "search", "summarize", "extract"),
    "prod_seats_tiered": ("chat", "code"),
    "prod_api_volume": ("search", "extract"),
    "prod_blocks": ("summarize", "extract"),
    "prod_tokens": ("chat",),
    "prod_credits": ("chat", "agents"),
    f"{SOURCE}:{PRODUCT}": FEATURE_IDS,
}

Rows = list[tuple[Any, ...]]


def _product_features() -> Rows:
    """Free and small plans by fixed shares, one evenly, the big ones by use."""
    rows: Rows = []
    for plan in PLANS:
        method = {"starter": "direct", "team": "even"}.get(plan.key, "usage_weighted")
        weights = (Fraction(1, len(plan.features)),) * len(plan.features)
        if method == "direct":
            weights = (Fraction(6, 10), Fraction(3, 10), Fraction(1, 10))
        for feature, weight in zip(plan.features, weights, strict=True):
            shown = f"{float(weight):.4g}" if method == "direct" else "1"
            rows.append((f"prod_{plan.key}", feature, method, shown, NOTE))
    for product, features in _OTHER_PRODUCTS.items():
        rows.extend((product, feature, "even", "1", NOTE) for feature in features)
    return rows


def _cost_rules() -> Rows:
    """Events that forgot their feature, and bill lines without events, by project and model."""
    rows: Rows = [
        ("openai", PROJECTS[0], "", "gpt-4o*", "chat", 10, NOTE),
        ("openai", PROJECTS[0], "", "o3*", "code", 10, NOTE),
        ("openai", PROJECTS[1], "", "*", "search", 5, NOTE),
        ("openai", PROJECTS[2], "", "gpt-4o-2024*", "summarize", 10, NOTE),
        ("openai", PROJECTS[2], "", "gpt-4o-mini*", "extract", 10, NOTE),
        ("openai", PROJECTS[3], KEYS[3], "*", "agents", 5, NOTE),
        ("anthropic", WORKSPACES[0], "", "*", "code", 5, NOTE),
        ("anthropic", WORKSPACES[1], "", "*", "agents", 5, NOTE),
    ]
    return rows


def _line_items() -> Rows:
    pools = ("uncached_input", "cached_input", "cache_write", "output")
    rows: Rows = [
        (("openai", item, model.name, pool, 10, NOTE))
        for model in MODELS
        if model.provider == "openai"
        for item, pool in zip(model.line_items, pools, strict=True)
    ]
    rows += [
        ("openai", WEB_SEARCH, "", "other", 10, NOTE),
        ("openai", FILE_SEARCH, "", "other", 10, NOTE),
        ("openai", BUNDLE, "", "other", 10, NOTE),
        ("openai", EVALS, "gpt-4o-mini-2024-07-18", "uncached_input", 10, NOTE),
    ]
    return rows


def _months(parameters: DemoParameters) -> Iterator[tuple[int, Any]]:
    month, last, number = day_of(parameters.start), day_of(parameters.clock), 0
    while month <= last:
        yield number, month_start(month)
        month, number = shift_month(month, 1), number + 1


def _goals(parameters: DemoParameters) -> Rows:
    """MRR that the founders want, for the last months and those to come: 1,750 more a month."""
    months = [month for _, month in _months(parameters)]
    ahead = [shift_month(months[-1], number) for number in range(1, 4)]
    wanted = list(enumerate([*months, *ahead], start=1))[-6:]
    return [("mrr", month, 1_750 * number, NOTE) for number, month in wanted]


def _budgets() -> Rows:
    """What AI may cost a month since the optimisation of August; November's loop is too much."""
    since = month_start(day_of(SMALL_CHAT_SINCE))
    return [
        (since, "", "", 10_500, NOTE),
        (since, "anthropic", "", 6_000, NOTE),
        (since, "", "agents", 1_100, NOTE),
    ]


def _annotations(parameters: DemoParameters) -> Rows:
    """What happened to the company, by day; nothing of before it began or after its clock."""
    first = day_of(parameters.start)
    told = [
        (day_of(parameters.start + 7 * DAY), "Launch", "First public release"),
        (first.replace(year=first.year + 1), "One year", "A year in business"),
        (
            day_of(CLAUDE_SINCE),
            "Code on Claude",
            "The code assistant, and half of the agents' work, moved to Claude models",
        ),
        (day_of(OUTAGE), "Outage", "Most requests failed between 9:00 and 13:00 UTC"),
        (
            day_of(RAISED),
            "Starter dearer",
            "29 dollars became 31.90: at once for new customers, at the next renewal for others",
        ),
        (
            day_of(SMALL_CHAT_SINCE),
            "Small chat model",
            "Conversations moved to the small model: a tenth of their cost",
        ),
        (
            day_of(parameters.clock - ANOMALY_AGO * DAY),
            "Agent loop",
            "A customer's job ran agents in a loop for a day",
        ),
    ]
    return [(*row, NOTE) for row in told if first <= row[0] <= day_of(parameters.clock)]


def demo_seeds(parameters: DemoParameters) -> dict[str, tuple[Sequence[str], Rows]]:
    """Seed name -> (columns, rows)."""
    rates = demo_rates(parameters.start, parameters.horizon)
    overage = {
        "free": "0.01",
        "starter": "0.02",
        "pro": "0.015",
        "team": "0.012",
        "business": "0.01",
    }
    channels = ("search_ads", "social", "referral", "partner")
    return {
        "features": (
            ("feature_id", "feature_name", "service", "description", "note"),
            [(f, *FEATURES[f], NOTE) for f in FEATURE_IDS],
        ),
        "product_features": (
            ("product_id", "feature_id", "allocation_method", "weight", "note"),
            _product_features(),
        ),
        "cost_rules": (
            (
                "provider",
                "project_id",
                "api_key_id",
                "model_pattern",
                "feature_id",
                "priority",
                "note",
            ),
            _cost_rules(),
        ),
        "line_item_map": (
            ("provider", "line_item_pattern", "model_id", "pool", "priority", "note"),
            _line_items(),
        ),
        "exchange_rates": (
            ("rate_date", "currency", "usd_per_unit", "note"),
            [
                (day, currency, f"{float(rate):.10g}", "demo company: made-up rate")
                for currency, rows in rates.items()
                for day, rate in rows
            ],
        ),
        "plan_limits": (
            ("product_id", "tier", "monthly_calls", "overage_usd_per_call", "note"),
            [
                (f"prod_{plan.key}", plan.name, plan.monthly_calls, overage[plan.key], NOTE)
                for plan in PLANS
            ],
        ),
        "credit_packs": (("product_id", "note"), [("prod_credits", NOTE)]),
        "marketing_spend": (
            ("month", "acquisition_channel", "amount_usd", "note"),
            [
                (month, channel, 400 + 150 * place + 25 * number, NOTE)
                for number, month in _months(parameters)
                for place, channel in enumerate(channels)
            ],
        ),
        "infrastructure_costs": (
            ("month", "service", "amount_usd", "category", "note"),
            [
                (month, service, amount + 12 * number, category, NOTE)
                for number, month in _months(parameters)
                # what runs in the cloud is on its bill
                for service, amount, category in (
                    ("support", 1_200, "other"),
                    ("office", 900, "other"),
                )
            ],
        ),
        "goals": (("metric", "month", "value", "note"), _goals(parameters)),
        "budgets": (("month", "provider", "feature_id", "amount_usd", "note"), _budgets()),
        "annotations": (
            ("date", "label", "description", "note"),
            _annotations(parameters),
        ),
    }


#: Seeds that the project ships empty, because every company has its own.
_OWN: Final = ("annotations", "budgets", "goals", "infrastructure_costs", "marketing_spend")


def add_demo_seeds(folder: Path, parameters: DemoParameters) -> None:
    """Copy the project's seeds into `folder`, and fill those that it ships empty.

    A folder that exists is left as it is: somebody may have edited it.
    """
    if folder.exists():
        return
    shutil.copytree(SEEDS, folder)
    for name in _OWN:
        columns, rows = demo_seeds(parameters)[name]
        write_csv(folder / f"{name}.csv", columns, rows)


def write_seeds(folder: Path, parameters: DemoParameters) -> None:
    """Write the seeds as CSV files."""
    for name, (columns, rows) in demo_seeds(parameters).items():
        own = [tuple(_in_account(cell, parameters.account) for cell in row) for row in rows]
        write_csv(folder / f"{name}.csv", columns, own)


def _in_account(cell: Any, account: str) -> Any:
    """A cell with the id that the account's vendor gave, if the cell is one."""
    is_id = isinstance(cell, str) and cell.startswith(("prod_", "proj_", "key_", "wrkspc_"))
    return named(cell, account) if is_id else cell
