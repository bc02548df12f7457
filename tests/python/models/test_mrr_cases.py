"""Every worked case of recurring revenue, through server, load and build, to the cent.

Each case is played twice: synced along the way, and connected when only today's objects and
invoices are left. A few cases cannot be known that late and are compared with what the rules make
of invoices alone (`LATE`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from support.mrr_cases import CASES as CASES_FILE
from support.mrr_cases import MORE_CASES, Played, play, read_cases

CASES = {
    case["id"]: case for path in (CASES_FILE, MORE_CASES) for case in read_cases(path)["cases"]
}
MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation", "pause", "resume", "fx")
MINUS = {"contraction", "churn", "pause"}
CENT = Decimal("0.01")

#: What today's objects do not tell: when a pause or a spell of `unpaid` that is over began.
#: The invoices around it are carried over the gap, so the customer never left.
LATE: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "G19": {"2025-01": {"mrr": 50, "new": 50}, "2025-04": {"mrr": 50}},
    "G23": {"2025-01": {"mrr": 60, "new": 60}, "2025-05": {"mrr": 60}},
    "H07": {"2025-01": {"mrr": 50, "new": 50}, "2025-03": {"mrr": 50}},
    "H18": {"2025-01": {"mrr": 50, "new": 50}, "2025-03": {"mrr": 0, "churn": 50}},
    "H20": {"2025-01": {"mrr": 50, "new": 50}, "2025-04": {"mrr": 70, "expansion": 20}},
}


@pytest.fixture(scope="module", params=["along_the_way", "long_afterwards"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp(request.param)
    return play(folder, list(CASES.values()), request.param)


def by_report_currency() -> Iterator[str]:
    """Case ids, so that one build serves all cases of a currency."""
    currencies = {
        id_: case.get("config", {}).get("report_currency", "usd") for id_, case in CASES.items()
    }
    yield from sorted(CASES, key=lambda id_: (currencies[id_], id_))


def cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(CENT)


@pytest.mark.parametrize("case_id", list(by_report_currency()))
def test_case(played: Played, case_id: str) -> None:
    case = played.cases[case_id]
    played.build_for(case.report_currency)
    expected = case.expected
    if played.mode == "long_afterwards":
        expected = LATE.get(case_id, expected)
    found = played.months(case, date(2100, 1, 1))
    balance = Decimal(0)
    for month in sorted({*expected, *found}):
        moved = found.get(month, {})
        balance += sum(moved.values(), Decimal(0))
        row = expected.get(month, {})
        wanted = {
            kind: cents(row[kind]) * (-1 if kind in MINUS else 1)
            for kind in MOVEMENTS
            if row.get(kind)
        }
        assert {kind: cents(change) for kind, change in moved.items()} == wanted, month
        if "mrr" in row:
            assert cents(balance) == cents(row["mrr"]), month
    assert played.marts_agree(case), "customer months differ from the running sum of movements"


def test_today_ties_to_the_subscription_objects(played: Played) -> None:
    """The ledger of today is what today's objects say, exactly, and renewals are as listed."""
    played.build_for("usd")
    found = played.project.rows(
        """
        select check_name, subjects, exceptions
        from monitoring.mrr_reconciliation
        where subject_id = '__all__' and check_name in ('ledger_today', 'events_against_lines')
        """
    )
    checks = {name: (subjects, exceptions) for name, subjects, exceptions in found}
    assert checks["ledger_today"][0] > 30
    assert all(exceptions == 0 for _, exceptions in checks.values()), checks


def test_days_are_those_of_the_report_time_zone(played: Played) -> None:
    """A start at midnight UTC belongs to the evening before in New York."""
    customer = played.cases["G02"].customers["c1"]
    query = f"select movement_date from core.fct_mrr_movements where customer_id = '{customer}'"
    played.build_for("usd")
    assert played.project.rows(query) == [(date(2025, 1, 15),)]
    played.build_for("usd", "America/New_York")
    assert played.project.rows(query) == [(date(2025, 1, 14),)]
