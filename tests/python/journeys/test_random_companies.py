"""No legal account stops a build: random companies through the API, the pipeline and the models.

Several companies share an account, so that two hundred of them need a few builds. A build that
goes red names the test and its rows; ids of customers say which seed they come from.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import DemoServer
from support.commands import Project
from support.random_companies import CLOCK, write_companies

pytestmark = pytest.mark.slow

A_BUILD = 50
CUSTOMERS = 12


@pytest.fixture(scope="module", params=range(0, 200, A_BUILD), ids="from seed {}".format)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Fifty companies, loaded and built as their owner would."""
    folder = tmp_path_factory.mktemp("companies")
    return load_and_build(folder, range(request.param, request.param + A_BUILD), CUSTOMERS)


def load_and_build(folder: Path, seeds: range, customers: int) -> Project:
    write_companies(folder / "account.sqlite", seeds, customers)
    project = Project(folder, {"SOURCES__STRIPE__API_KEY": "rk_test_random", "AS_OF": CLOCK})
    keys = {"rk_test_random": frozenset[str]()}
    with DemoServer(folder / "account.sqlite", clock=CLOCK, stripe_keys=keys) as server:
        project.settings["SOURCES__STRIPE__BASE_URL"] = server.url
        project.load_here("stripe")
    done = project.dbt("build", expect=None, inner_tests=True)
    assert done.returncode == 0, done.stdout[-8000:]
    return project


def test_the_build_is_green_and_published(built: Project) -> None:
    [(customers,)] = built.published_rows(
        "select count(distinct customer_id) from core.dim_customers where customer_id like 'cus%'"
    )
    assert customers == A_BUILD * CUSTOMERS


def test_the_ledger_of_today_is_that_of_todays_subscriptions(built: Project) -> None:
    [(exceptions,)] = built.published_rows(
        "select exceptions from monitoring.mrr_reconciliation "
        "where check_name = 'ledger_today' and subject_id = '__all__'"
    )
    assert exceptions == 0
