"""The ledger of the demo company against the simulator's own book of contracts.

The company is synced from its first day on, every 29 days, so that events and snapshots tell the
whole history; every customer's MRR in every month and every movement then equals the book.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from demo import DemoCompany, DemoParameters, DemoServer, generate_company
from demo.company.situations import SITUATIONS
from support.commands import Project

FIRST_SYNC = datetime(2025, 5, 25, tzinfo=UTC)
CLOCK = datetime(2026, 11, 15, 12, tzinfo=UTC)
NANO = Decimal("0.00000001")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, DemoCompany]]:
    folder = tmp_path_factory.mktemp("revenue")
    parameters = DemoParameters(seed=11, customers=len(SITUATIONS) + 20)
    company = generate_company(folder / "company", parameters, with_usage=False)
    project = Project(folder)
    project.settings["SOURCES__STRIPE__API_KEY"] = "rk_test_demo_read_only"
    moments = [FIRST_SYNC]
    while moments[-1] + timedelta(days=29) < CLOCK:
        moments.append(moments[-1] + timedelta(days=29))
    moments.append(CLOCK)
    with DemoServer(company.store, clock=moments[0].isoformat()) as server:
        project.settings["SOURCES__STRIPE__BASE_URL"] = server.url
        for moment in moments:
            server.clock = moment.isoformat()
            project.settings["AS_OF"] = moment.isoformat()
            project.load("stripe")
    project.dbt("seed", "--quiet")
    models = ("+fct_mrr_movements", "+mrr_by_customer_month", "+mrr_reconciliation")
    project.dbt("run", "--quiet", "--select", *models)
    yield project, company


def test_mrr_of_every_customer_and_month(loaded: tuple[Project, DemoCompany]) -> None:
    project, company = loaded
    with (company.truth / "mrr_by_customer_month.csv").open(newline="") as file:
        expected = {
            (row["customer_id"], row["month"]): Decimal(row["mrr_usd"])
            for row in csv.DictReader(file)
        }
    found = {
        (customer, str(month)): mrr
        for customer, month, mrr in project.rows(
            "select customer_id, month, mrr from finance.mrr_by_customer_month"
        )
    }
    assert sum(1 for value in expected.values() if value) > 400
    wrong = {
        key: (expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if abs(expected.get(key, Decimal(0)) - found.get(key, Decimal(0))) > NANO
    }
    assert not wrong


def test_every_movement(loaded: tuple[Project, DemoCompany]) -> None:
    project, company = loaded
    with (company.truth / "movements.csv").open(newline="") as file:
        expected = {
            (row["customer_id"], row["date"], row["movement_type"]): Decimal(row["change_usd"])
            for row in csv.DictReader(file)
        }
    found = {
        (customer, str(day), kind): change
        for customer, day, kind, change in project.rows(
            """
            select customer_id, movement_date, movement_type, mrr_change
            from core.fct_mrr_movements
            """
        )
    }
    assert {kind for _, _, kind in expected} >= {"new", "churn", "pause", "resume", "fx"}
    wrong = {
        key: (expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if abs(expected.get(key, Decimal(0)) - found.get(key, Decimal(0))) > NANO
    }
    assert not wrong


def test_today_and_renewals_tie(loaded: tuple[Project, DemoCompany]) -> None:
    project, _ = loaded
    checks = dict(
        project.rows(
            """
            select check_name, exceptions from monitoring.mrr_reconciliation
            where subject_id = '__all__'
            """
        )
    )
    assert checks["ledger_today"] == 0
    assert checks["events_against_lines"] == 0
