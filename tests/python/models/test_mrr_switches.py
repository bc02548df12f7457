"""Every switch of recurring revenue, on a customer of its own that only that switch changes.

One account is played and loaded once; each set of switches is one build. What must come out was
worked out by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.mrr_cases import Played, play

#: Each set of switches builds anew.
pytestmark = pytest.mark.slow

MONTHLY = {"currency": "usd", "interval": "month", "interval_count": 1}


def case(
    id_: str, amount: int, statuses: list[list[str]], until: str, **subscription: Any
) -> dict[str, Any]:
    """A customer with one monthly price."""
    return {
        "id": id_,
        "prices": {"p": {"unit_amount": amount, **MONTHLY}},
        "subscriptions": [
            {
                "id": "sub_a",
                "customer": "c1",
                "status": statuses,
                "items": [["si_1", "p", 1, statuses[0][0], None]],
                **subscription,
            }
        ],
        "expected": {"2025-01": {}, until: {}},
    }


START = "2025-01-05T00:00:00Z"
CASES: list[dict[str, Any]] = [
    case(
        "S1", 8000, [[START, "active"]], "2025-05",
        discounts=[{"duration": "repeating", "percent_off": 50, "start": START,
                    "end": "2025-04-05T00:00:00Z"}],
    ),
    case(
        "S2", 6000, [[START, "active"]], "2025-05",
        discounts=[{"duration": "once", "percent_off": 50, "start": START, "end": None}],
    ),
    case(
        "S3", 4000, [["2025-01-15T00:00:00Z", "active"], ["2025-04-15T00:00:00Z", "canceled"]],
        "2025-05", canceled_at="2025-03-20T08:00:00Z", cancel_at_period_end=True,
        ended_at="2025-04-15T00:00:00Z",
    ),
    case(
        "S4", 5000, [[START, "active"]], "2025-05",
        pause=[["2025-02-10T00:00:00Z", "2025-03-25T00:00:00Z", "void"]],
    ),
    case(
        "S5", 7000,
        [[START, "active"], ["2025-02-05T00:00:00Z", "past_due"],
         ["2025-03-01T00:00:00Z", "active"]],
        "2025-05",
    ),
    case(
        "S6", 3000,
        [[START, "trialing"], ["2025-01-19T00:00:00Z", "past_due"],
         ["2025-02-10T00:00:00Z", "canceled"]],
        "2025-05",
    ),
    {
        "id": "S7",
        "prices": {
            "base": {"unit_amount": 5000, **MONTHLY},
            "tok": {"unit_amount_decimal": "0.2", "usage_type": "metered", **MONTHLY},
        },
        "subscriptions": [
            {
                "id": "sub_a", "customer": "c1", "status": [["2025-01-01T00:00:00Z", "active"]],
                "items": [["si_1", "base", 1, "2025-01-01T00:00:00Z", None],
                          ["si_2", "tok", None, "2025-01-01T00:00:00Z", None]],
            }
        ],
        "usage_revenue": {"2025-01": {"units": 10000}, "2025-02": {"units": 40000}},
        "expected": {"2025-01": {}, "2025-05": {}},
    },
]  # fmt: skip

#: Customer -> MRR at the ends of January to May.
HOUSE: Mapping[str, tuple[str, ...]] = {
    "S1": ("40", "40", "40", "80", "80"),
    "S2": ("60", "60", "60", "60", "60"),
    "S3": ("40", "40", "40", "0", "0"),
    "S4": ("50", "0", "50", "50", "50"),
    "S5": ("70", "70", "70", "70", "70"),
    "S6": ("0", "0", "0", "0", "0"),
    "S7": ("50", "50", "50", "50", "50"),
}
SWITCHED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, tuple[str, ...]]]] = {
    "house": ({}, {}),
    # each of these switches changes one customer
    "each": (
        {
            "discount_mode": "none",
            "churn_at": "cancel_request",
            "pause_mode": "keep",
            "past_due_grace_days": 5,
            "require_first_payment": False,
            "usage_in_mrr": "trailing3",
        },
        {
            "S1": ("80", "80", "80", "80", "80"),
            "S3": ("40", "40", "0", "0", "0"),
            "S4": ("50", "50", "50", "50", "50"),
            "S5": ("70", "0", "70", "70", "70"),
            # past due five days after the trial it stops again, by the grace period
            "S6": ("0", "0", "0", "0", "0"),
            # 20, then 20 + 80, then 80 of use, over three months
            "S7": ("50", "56.67", "83.33", "83.33", "76.67"),
        },
    ),
    "all": (
        {"discount_mode": "all", "require_first_payment": False},
        {
            "S2": ("30", "60", "60", "60", "60"),
            "S6": ("30", "0", "0", "0", "0"),
        },
    ),
    "stripe_compat": (
        {"preset": "stripe_compat"},
        {
            "S1": ("80", "80", "80", "80", "80"),
            "S3": ("40", "40", "0", "0", "0"),
            "S6": ("30", "0", "0", "0", "0"),
        },
    ),
}
MARTS = (
    "mrr_by_customer_month", "mrr_reconciliation", "mrr_by_preset_customer_month",
    "mrr_movements_by_month",
)  # fmt: skip
#: Only these read switches: what lies before them is built once.
SWITCHED_MODELS = tuple(f"int_mrr_subscriptions+,+{mart}" for mart in MARTS)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    found = play(
        tmp_path_factory.mktemp("switches"), CASES, "along_the_way", clock="2025-06-15T00:00:00Z"
    )
    found.project.dbt("seed", "--quiet")
    return found


def build(played: Played, switches: Mapping[str, Any]) -> None:
    if played.built_for != json.dumps(switches):
        models = SWITCHED_MODELS if played.built_for else tuple(f"+{mart}" for mart in MARTS)
        played.project.dbt("run", "--quiet", "--vars", json.dumps(switches), "--select", *models)
        played.built_for = json.dumps(switches)


def decimals(book: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Decimal, ...]]:
    return {id_: tuple(Decimal(value) for value in values) for id_, values in book.items()}


def month_ends(played: Played, column: str, table: str) -> dict[str, tuple[Decimal, ...]]:
    """Case -> values at the ends of January to May, rounded to the cent."""
    names = {case.customers["c1"]: id_ for id_, case in played.cases.items()}
    found = {id_: [Decimal(0)] * 5 for id_ in names.values()}
    for customer, month, value in played.project.rows(
        f"select customer_id, month, {column} from {table} where month <= date '2025-05-01'"
    ):
        found[names[customer]][month.month - 1] = value.quantize(Decimal("0.01"))
    return {id_: tuple(values) for id_, values in found.items()}


@pytest.mark.parametrize("name", list(SWITCHED))
def test_switches(played: Played, name: str) -> None:
    switches, changed = SWITCHED[name]
    build(played, switches)
    expected = {
        id_: tuple(Decimal(value) for value in values)
        for id_, values in {**HOUSE, **changed}.items()
    }
    assert month_ends(played, "mrr", "finance.mrr_by_customer_month") == expected
    assert not played.project.rows(
        "select month from finance.mrr_movements_by_month "
        "where opening_mrr + net_new_mrr + fx_mrr <> closing_mrr"
    )
    assert played.project.rows(
        "select sum(exceptions) from monitoring.mrr_reconciliation "
        "where subject_id = '__all__' and check_name = 'ledger_today'"
    ) == [(0,)]


def test_the_preset_stands_beside_the_house_number(played: Played) -> None:
    """What the house's build says of `stripe_compat` is what a build with that preset gives."""
    _, changed = SWITCHED["stripe_compat"]
    build(played, {})
    table = "finance.mrr_by_preset_customer_month"
    expected = {
        id_: tuple(Decimal(value) for value in values)
        for id_, values in {**HOUSE, **changed}.items()
    }
    assert month_ends(played, "stripe_compat_mrr", table) == expected
    names = {case.customers["c1"]: id_ for id_, case in played.cases.items()}
    reasons = {
        (names[customer], month): parts
        for customer, month, *parts in played.project.rows(
            "select customer_id, month, discount_difference, cancel_requested_difference, "
            f"first_payment_difference from {table} where difference <> 0"
        )
    }
    assert reasons == {
        ("S1", date(2025, 1, 1)): [40, 0, 0],
        ("S1", date(2025, 2, 1)): [40, 0, 0],
        ("S1", date(2025, 3, 1)): [40, 0, 0],
        ("S3", date(2025, 3, 1)): [0, -40, 0],
        ("S6", date(2025, 1, 1)): [0, 0, 30],
    }


def test_an_unknown_switch_value_is_refused(played: Played, tmp_path: Path) -> None:
    done = played.project.command(
        "dbt", "compile", "--vars", '{"churn_at": "sometime"}', "--select", "int_mrr_subscriptions",
        "--target-path", str(tmp_path), expect=None,
    )  # fmt: skip
    assert done.returncode != 0
    assert "churn_at must be one of ended_at, cancel_request" in done.stdout
