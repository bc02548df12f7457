"""Random subscription lives: the ledger equals an exact reckoning, and its identities hold.

One example is a whole account of many lives, told by events as Stripe tells them. It is loaded in
two parts with a build after each, and once in one part: both must end in the same tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.commands import Project
from support.raw_stripe import RawStripe
from support.subscription_lives import (
    FIRST,
    LAST,
    Life,
    catalogue,
    keep_book,
    random_lives,
    subscription_body,
)

MODELS = (
    "+fct_mrr_movements", "+mrr_by_customer_month", "+mrr_by_plan_month", "+mrr_reconciliation",
    "+mrr_movements_by_month", "+fct_mrr_segments",
)  # fmt: skip
IDENTITIES = (
    "mrr_of_a_day_is_opening_plus_its_movements",
    "mrr_of_a_month_is_opening_plus_its_movements",
    "mrr_of_customers_and_plans_is_that_of_the_company",
    "mrr_of_plans_is_opening_plus_their_changes",
    "mrr_segments_never_overlap_nor_outlive_their_subscription",
)
#: The reckoning rounds where the rules say; currencies are rounded once more by the ledger.
NEARLY = Fraction(1, 10**6)
#: One account an example: what is random is inside it, so nothing is gained by shrinking.
RULES = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def load(
    raw: RawStripe, load_id: str, lives: Sequence[Life], since: datetime, to: datetime
) -> None:
    """The events of [since, to), in their order."""
    versions = sorted(
        (
            (version.at, life.id, subscription_body(life, version))
            for life in lives
            for version in life.versions
            if since <= version.at < to
        ),
        key=lambda row: row[:2],
    )
    raw.load(load_id, to, catalogue([life for life in lives if life.start < to]))
    raw.load_versions(f"{load_id}.1", "subscriptions", [(at, body) for at, _, body in versions])


def build(project: Project, as_of: datetime) -> None:
    project.settings["AS_OF"] = as_of.isoformat()
    project.dbt(
        "build", "--quiet", "--indirect-selection", "empty",
        "--select", *MODELS, *IDENTITIES,
    )  # fmt: skip


def tables(project: Project) -> list[list[tuple[Any, ...]]]:
    names = ("core.fct_mrr_segments", "core.fct_mrr_movements", "finance.mrr_by_plan_month")
    return [project.rows(f"select * from {name} order by all") for name in names]


def check(project: Project, lives: Sequence[Life], zone: str) -> None:
    """Every movement and every customer's month, against the reckoning."""
    book = keep_book(lives, zone)
    found = {
        (customer, day, kind): Fraction(change)
        for customer, day, kind, change in project.rows(
            "select customer_id, movement_date, movement_type, mrr_change "
            "from core.fct_mrr_movements"
        )
    }
    wrong = {
        key: (float(book.movements.get(key, 0)), float(found.get(key, 0)))
        for key in book.movements.keys() | found.keys()
        if abs(book.movements.get(key, Fraction(0)) - found.get(key, Fraction(0))) > NEARLY
    }
    assert not wrong
    months = project.rows(
        "select customer_id, month, mrr from finance.mrr_by_customer_month where not is_provisional"
    )
    assert len(months) > len(lives)
    for customer, month, mrr in months:
        last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        assert abs(book.balance(customer, last) - Fraction(mrr)) <= NEARLY, (customer, month)
    assert project.rows(
        "select sum(exceptions) from monitoring.mrr_reconciliation "
        "where subject_id = '__all__' and check_name = 'ledger_today'"
    ) == [(Decimal(0),)]


def play(seed: int, zone: str, count: int) -> None:
    lives = random_lives(seed, count)
    half = FIRST + (LAST - FIRST) / 2
    with TemporaryDirectory() as name:
        stepwise = Project(Path(name) / "stepwise", {"REPORT_TIMEZONE": zone})
        stepwise.folder.mkdir()
        raw = RawStripe(stepwise.warehouse)
        load(raw, "100", lives, FIRST, half)
        build(stepwise, half)
        load(raw, "200", lives, half, LAST)
        build(stepwise, LAST)
        check(stepwise, lives, zone)

        at_once = Project(Path(name) / "at_once", {"REPORT_TIMEZONE": zone})
        at_once.folder.mkdir()
        load(RawStripe(at_once.warehouse), "100", lives, FIRST, LAST)
        build(at_once, LAST)
        assert tables(at_once) == tables(stepwise)


@pytest.mark.slow
@settings(parent=RULES, max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    zone=st.sampled_from(["UTC", "Pacific/Auckland", "America/New_York"]),
)
def test_many_more_random_lives(seed: int, zone: str) -> None:
    play(seed, zone, 600)


def test_the_reckoning_adds_up_and_meets_every_kind_of_movement() -> None:
    """The reckoning's own sums, and that its lives are rich enough to prove something."""
    lives = random_lives(0, 250)
    book = keep_book(lives, "UTC")
    for customer in {life.customer for life in lives}:
        moved = sum(
            (change for (who, _, _), change in book.movements.items() if who == customer),
            Fraction(0),
        )
        assert moved == book.balance(customer, date(2100, 1, 1))
    kinds = Counter(kind for _, _, kind in book.movements)
    assert len(kinds) == 8
    assert min(kinds.values()) >= 10, kinds
