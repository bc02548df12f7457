"""Two demo companies, each with a Stripe account and an OpenAI organisation of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo import DemoParameters, DemoServer, generate_company

CLOCK = "2026-06-15T12:00:00Z"
HOME = DemoParameters(customers=25, months=5, events=4_000, as_of=CLOCK)
EU = DemoParameters(seed=11, customers=25, months=5, events=4_000, as_of=CLOCK, account="eu")

#: What must add up: (table, column, what it is grouped by).
SUMS = (
    ("finance.mrr_movements_by_month", "closing_mrr", "month"),
    ("finance.mrr_movements_by_month", "new_mrr", "month"),
    ("finance.mrr_movements_by_month", "opening_mrr", "month"),
    ("finance.revenue_by_month", "invoiced", "month"),
    ("finance.revenue_by_month", "cash_collected", "month"),
    ("core.fct_invoice_lines", "net_amount", "currency"),
    ("core.fct_provider_costs", "billed_usd", "cost_date"),
    ("core.fct_cost_attribution", "cost_usd", "cost_date"),
)

Query = Callable[[str], list[tuple[Any, ...]]]


def settings_of(
    parameters: DemoParameters, server: DemoServer, suffix: str, key: str
) -> dict[str, str]:
    """The settings of one company's accounts, `suffix` after the kind's name."""
    found = {
        f"SOURCES__STRIPE{suffix}__API_KEY": f"rk_test_{key}",
        f"SOURCES__STRIPE{suffix}__BASE_URL": server.url,
        f"SOURCES__OPENAI{suffix}__ADMIN_KEY": f"sk-admin-{key}",
        f"SOURCES__OPENAI{suffix}__BASE_URL": server.url,
        f"SOURCES__OPENAI{suffix}__START_DATE": "2026-02-01",
    }
    if suffix:
        found |= {
            f"SOURCES__STRIPE{suffix}__KIND": "stripe",
            f"SOURCES__OPENAI{suffix}__KIND": "openai",
        }
    return found | {"AS_OF": parameters.as_of}


def play(folder: Path, company: DemoParameters, key: str, stack: ExitStack) -> DemoServer:
    """Serve a company; its server takes keys of its own and no others."""
    made = generate_company(folder / key, company)
    return stack.enter_context(
        DemoServer(
            made.store,
            clock=company.as_of,
            stripe_keys={f"rk_test_{key}": frozenset()},
            openai_admin_keys=(f"sk-admin-{key}",),
        )
    )


@contextmanager
def two_companies(folder: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Serve both; the settings that load the first, and those that load the second beside it."""
    with ExitStack() as stack:
        home = play(folder, HOME, "home", stack)
        eu = play(folder, EU, "eu", stack)
        yield settings_of(HOME, home, "", "home"), settings_of(EU, eu, "_EU", "eu")


def sums(query: Query, table: str, column: str, by: str) -> dict[object, Decimal]:
    """Sums of a table's column that are not zero, by one of its columns."""
    rows = query(f"select {by}, sum({column}) from {table} where {column} is not null group by 1")
    return {key: value for key, value in rows if value}


def added(one: dict[object, Decimal], other: dict[object, Decimal]) -> dict[object, Decimal]:
    """Two companies' sums together, without those that cancel out."""
    both = {key: one.get(key, Decimal(0)) + other.get(key, Decimal(0)) for key in {*one, *other}}
    return {key: value for key, value in both.items() if value}


def alone(second: dict[str, str]) -> dict[str, str]:
    """The settings that load the second company by itself, under the kinds' own names."""
    return {
        name.replace("_EU__", "__"): value
        for name, value in second.items()
        if not name.endswith("_EU__KIND")
    }
