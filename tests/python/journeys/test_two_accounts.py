"""Two companies beside each other: a second Stripe account and a second OpenAI organisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from demo import DemoParameters, DemoServer, generate_company
from support.commands import Project

pytestmark = pytest.mark.slow

CLOCK = "2026-06-15T12:00:00Z"
HOME = DemoParameters(customers=25, months=5, events=4_000, as_of=CLOCK)
EU = DemoParameters(seed=11, customers=25, months=5, events=4_000, as_of=CLOCK, account="eu")

#: What must add up: (table, column, what it is grouped by).
SUMS = (
    ("finance.mrr_movements_by_month", "closing_mrr", "month"),
    ("finance.mrr_movements_by_month", "new_mrr", "month"),
    ("finance.mrr_movements_by_month", "churn_mrr", "month"),
    ("finance.revenue_by_month", "invoiced", "month"),
    ("finance.revenue_by_month", "cash_collected", "month"),
    ("core.fct_invoice_lines", "net_amount", "currency"),
    ("core.fct_provider_costs", "billed_usd", "cost_date"),
    ("core.fct_cost_attribution", "cost_usd", "cost_date"),
)


@dataclass(frozen=True)
class Companies:
    """The same two companies, loaded each alone and both together."""

    home: Project
    eu: Project
    both: Project


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


def load_and_run(project: Project) -> Project:
    project.load()
    project.dbt("seed")
    project.dbt("run")
    return project


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    folder = tmp_path_factory.mktemp("two_accounts")
    with ExitStack() as stack:
        home = play(folder, HOME, "home", stack)
        eu = play(folder, EU, "eu", stack)
        first = settings_of(HOME, home, "", "home")
        yield Companies(
            load_and_run(Project(folder / "alone_home", first)),
            load_and_run(Project(folder / "alone_eu", settings_of(EU, eu, "", "eu"))),
            load_and_run(Project(folder / "both", first | settings_of(EU, eu, "_EU", "eu"))),
        )


def sums(project: Project, table: str, column: str, by: str) -> dict[object, Decimal]:
    rows = project.rows(
        f"select {by}, sum({column}) from {table} where {column} is not null group by 1"
    )
    return {key: value for key, value in rows if value}


@pytest.mark.parametrize(("table", "column", "by"), SUMS)
def test_sums_of_both_are_the_sums_of_each_alone(
    companies: Companies, table: str, column: str, by: str
) -> None:
    expected = sums(companies.home, table, column, by)
    for key, value in sums(companies.eu, table, column, by).items():
        expected[key] = expected.get(key, Decimal(0)) + value
    assert expected
    assert sums(companies.both, table, column, by) == {
        key: value for key, value in expected.items() if value
    }


@pytest.mark.parametrize("table", ["core.dim_customers", "core.fct_invoice_lines"])
def test_every_row_of_billing_says_which_account_it_comes_from(
    companies: Companies, table: str
) -> None:
    counts = f"select source_account, count(*) from {table} group by 1 order by 1"
    [(_, home)] = [row for row in companies.home.rows(counts) if row[0]]
    [(_, eu)] = [row for row in companies.eu.rows(counts) if row[0]]
    found = dict(row for row in companies.both.rows(counts) if row[0])
    assert found == {"stripe": home, "stripe_eu": eu}


def test_every_bill_says_which_organisation_it_comes_from(companies: Companies) -> None:
    billed = "select source_account, sum(billed_usd) from core.fct_provider_costs group by 1"
    [(_, home)] = companies.home.rows(billed)
    [(_, eu)] = companies.eu.rows(billed)
    assert dict(companies.both.rows(billed)) == {"openai": home, "openai_eu": eu}
