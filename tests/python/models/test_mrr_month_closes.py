"""A month's numbers are kept when it is closed; what is learned later is shown as restated."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from support.commands import Project
from support.raw_stripe import RawStripe
from support.subscription_lives import Life, Version, catalogue, subscription_body

pytestmark = pytest.mark.slow

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def life(number: int, *versions: Version) -> Life:
    return Life(f"sub_{number:04}", f"cus_{number:04}", versions)


def version(at: str, quantity: int, status: str = "active") -> Version:
    return Version(datetime.fromisoformat(at), status, (("si_1", "plain", quantity),))


#: What changes where no new evidence has come.
CLOSING = "int_mrr_subscriptions+,+mrr_month_closes"


def build(project: Project, as_of: str, *arguments: str, models: str = "+mrr_month_closes") -> None:
    project.settings["AS_OF"] = as_of
    project.dbt(
        "build", "--quiet", "--exclude-resource-types", "unit_test", "test",
        "--select", models, *arguments,
    )  # fmt: skip


def closes(project: Project) -> dict[tuple[date, str], tuple[Decimal, Decimal, Decimal, str]]:
    """(month, measure) -> closed, current, restated, day of the close; measures that are not 0."""
    return {
        (month, measure): (closed, current, restated, str(closed_at)[:10])
        for month, measure, closed, current, restated, closed_at in project.rows(
            "select month, measure, closed_value, current_value, restated_value, closed_at "
            "from finance.mrr_month_closes "
            "where measure in ('new_mrr', 'churn_mrr', 'closing_mrr', 'closing_customers') "
            "and (closed_value <> 0 or current_value <> 0)"
        )
    }


def test_a_close_is_kept_and_what_is_learned_later_is_restated(tmp_path: Path) -> None:
    project = Project(tmp_path)
    raw = RawStripe(project.warehouse)
    stays = life(1, version("2026-01-05", 1))
    leaves = life(2, version("2026-01-10", 2), version("2026-01-25T12:00:00", 2, "canceled"))
    raw.load("100", datetime(2026, 1, 10), catalogue([stays, leaves]))
    first = [(each.start, subscription_body(each, each.versions[0])) for each in (stays, leaves)]
    raw.load_versions("100.1", "subscriptions", first)
    build(project, "2026-02-03")
    january = {
        (JANUARY, "new_mrr"): (147, 147, 0, "2026-02-04"),
        (JANUARY, "closing_mrr"): (147, 147, 0, "2026-02-04"),
        (JANUARY, "closing_customers"): (2, 2, 0, "2026-02-04"),
    }
    assert closes(project) == january

    # the cancellation of 25 January arrives when January is long closed
    raw.load_versions(
        "200.1",
        "subscriptions",
        [(leaves.versions[1].at, subscription_body(leaves, leaves.versions[1]))],
    )
    expected = january | {
        (JANUARY, "churn_mrr"): (0, -98, -98, "2026-02-04"),
        (JANUARY, "closing_mrr"): (147, 49, -98, "2026-02-04"),
        (JANUARY, "closing_customers"): (2, 1, -1, "2026-02-04"),
        (FEBRUARY, "closing_mrr"): (49, 49, 0, "2026-03-03"),
        (FEBRUARY, "closing_customers"): (1, 1, 0, "2026-03-03"),
    }
    build(project, "2026-03-02")
    assert closes(project) == expected

    # nothing is forgotten, not even by a full refresh, and nothing is closed twice
    build(project, "2026-03-03", "--full-refresh", models=CLOSING)
    assert closes(project) == expected
    assert project.rows("select count(*) from finance.mrr_months_as_closed") == [(2,)]

    # other rules are another book
    other_rules = ("--vars", '{"discount_mode": "none"}')
    build(project, "2026-03-04", *other_rules, models=CLOSING)
    assert all(restated == 0 for _, _, restated, _ in closes(project).values())
    build(project, "2026-03-05", models=CLOSING)
    assert closes(project) == expected
