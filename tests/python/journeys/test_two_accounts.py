"""Two companies beside each other: a second Stripe account and a second OpenAI organisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.commands import Project
from support.two_companies import SUMS, added, alone, sums, two_companies

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Companies:
    """The same two companies, loaded each alone and both together."""

    home: Project
    eu: Project
    both: Project


def load_and_run(project: Project) -> Project:
    project.load()
    project.dbt("seed")
    project.dbt("run")
    return project


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    folder = tmp_path_factory.mktemp("two_accounts")
    with two_companies(folder) as (home, eu):
        yield Companies(
            load_and_run(Project(folder / "alone_home", home)),
            load_and_run(Project(folder / "alone_eu", alone(eu))),
            load_and_run(Project(folder / "both", home | eu)),
        )


@pytest.mark.parametrize(("table", "column", "by"), SUMS)
def test_sums_of_both_are_the_sums_of_each_alone(
    companies: Companies, table: str, column: str, by: str
) -> None:
    home, eu, both = (
        sums(project.rows, table, column, by)
        for project in (companies.home, companies.eu, companies.both)
    )
    assert home and eu
    assert both == added(home, eu)


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
