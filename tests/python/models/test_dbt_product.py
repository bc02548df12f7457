"""Facts behind the product marts: any sequence of loads gives what Python makes of the events.

Loads bring late events of other months, copies that move an event to another day or month, accounts
that are one customer, and months that lose all their events. After every incremental run the facts
are compared with an independent reckoning; at the end a full refresh has to give the same tables.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from support.commands import Project
from support.raw_tables import RawEvents
from support.usage_reckoning import (
    Key,
    Use,
    Values,
    assert_same,
    by_customer_day,
    by_month,
    by_service_month,
    rows_by_key,
    uses_of,
)

#: The first two are accounts of one customer.
ACCOUNTS = ("app-1", "app-2", "cus_2", None)
CUSTOMERS = {"app-1": "cus_1", "app-2": "cus_1"}
START = datetime(2025, 12, 20)
FACTS = (
    "fct_usage_by_customer_day",
    "fct_usage_by_customer_month",
    "fct_service_performance_by_month",
    "fct_user_months",
    "fct_user_windows_by_month",
)
DAYS = """
    select usage_date, customer_id, events, calls, errors, llm_calls, users, peak_hour,
        top_endpoint, 0, 0, round(response_time_ms / timed_calls, 3), p50_response_time_ms,
        p95_response_time_ms
    from core.fct_usage_by_customer_day
"""
MONTHS = """
    with totals as (
        select month, service, sum(events) as events, sum(llm_calls) as llm_calls,
            sum(units) as units, sum(users) as users,
            count(*) filter (customer_id <> '__unattributed__') as customers
        from core.fct_usage_by_customer_month
        group by all
    )
    select month, service, events, coalesce(calls, 0),
        case when calls > 0 then errors else 0 end, llm_calls, units, users, customers,
        round(response_time_ms / timed_calls, 3), p50_response_time_ms, p95_response_time_ms
    from totals
    left join core.fct_service_performance_by_month using (month, service)
"""
USERS = """
    select month,
        (select count(*) from core.fct_user_months as own where own.month = windows.month),
        (
            select count(*) from core.fct_user_months as own
            where own.month = windows.month and own.first_month = own.month
        ),
        (
            select count(distinct customer_id) from core.fct_usage_by_customer_month as own
            where own.month = windows.month and customer_id <> '__unattributed__'
        ),
        users_last_30_days, users_30_days_before, users_lost
    from core.fct_user_windows_by_month as windows
"""


def drawn(rng: random.Random, event_id: str, last_day: int) -> dict[str, Any]:
    """An event on one of the days from the start, seldom on most of them."""
    kind = rng.choices(("api_request", "llm_request", "feature_use", "login"), (6, 3, 2, 1))[0]
    day = rng.choice((rng.randrange(last_day), rng.randrange(last_day) // 9 * 9))
    at = START + timedelta(days=day, seconds=rng.randrange(86_400))
    return {
        "event_id": event_id,
        "event_type": kind,
        "occurred_at": at,
        "customer_id": rng.choice(ACCOUNTS),
        "user_id": rng.choice(("u1", "u2", None)),
        "service": rng.choice(("alpha", "beta", None)),
        "feature": rng.choice(("chat", "unheard_of", None)),
        "endpoint": rng.choice(("/a", "/b", None)),
        "status_code": rng.choice((200, 200, 404, 500, None)),
        "response_time_ms": rng.choice((None, Decimal(rng.randrange(1, 5000)) / 4)),
        "quantity": rng.choice((None, Decimal(3))) if kind == "feature_use" else None,
        "cache_hit": rng.choice((None, False, True)) if kind == "llm_request" else None,
    }


def reckoned(loads: dict[str, list[dict[str, Any]]]) -> list[Use]:
    """Each event once, as the newest load has it."""
    newest = {row["event_id"]: row for load_id in sorted(loads) for row in loads[load_id]}
    return uses_of(newest.values(), CUSTOMERS, {"chat": "assistant"})


def without_tokens(days: dict[Key, Values]) -> dict[Key, Values]:
    return {key: (*values[:7], 0, 0, *values[9:]) for key, values in days.items()}


@pytest.mark.slow
def test_any_sequence_of_loads_gives_what_the_events_say(project: Project) -> None:
    rng = random.Random(11)
    raw = RawEvents(project.warehouse)
    loads: dict[str, list[dict[str, Any]]] = {}

    def load(load_id: str, rows: list[dict[str, Any]]) -> None:
        raw.load_events(load_id, rows)
        loads[load_id] = rows

    def run(clock: datetime, *arguments: str) -> None:
        project.settings["AS_OF"] = clock.isoformat()
        selected = [f"+{fact}" for fact in FACTS]
        project.dbt("run", "--quiet", "--select", *selected, *arguments)

    def assert_facts_tie(clock: datetime) -> None:
        uses = reckoned(loads)
        days = without_tokens(by_customer_day(uses))
        assert_same(rows_by_key(project.rows(DAYS), 2), days)
        assert_same(rows_by_key(project.rows(MONTHS), 2), by_service_month(uses))
        assert_same(rows_by_key(project.rows(USERS), 1), by_month(uses, clock))

    load("1001.1", [drawn(rng, f"e{n}", 60) for n in range(300)])
    project.dbt("seed", "--quiet")
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.executemany(
            "insert into seeds.customer_map (app_customer_id, billing_customer_id) values (?, ?)",
            list(CUSTOMERS.items()),
        )
    clock = START + timedelta(days=60, hours=5)
    run(clock)
    assert_facts_tie(clock)

    # A day later: a few new events, some of them months late, and copies that move old ones.
    load("1002.1", [drawn(rng, f"e{n}", 61) for n in (3, 5, 300, 301, 302)])
    clock += timedelta(days=1)
    run(clock)
    assert_facts_tie(clock)

    # The month is over; January's last user moves away, then nothing new comes for a month.
    load("1003.1", [drawn(rng, f"e{n}", 70) for n in range(40, 60)])
    clock = START + timedelta(days=71)
    run(clock)
    assert_facts_tie(clock)
    clock += timedelta(days=31)
    run(clock)
    assert_facts_tie(clock)

    tables = {fact: project.rows(f"select * from core.{fact} order by all") for fact in FACTS}
    run(clock, "--full-refresh")
    for fact, rows in tables.items():
        assert project.rows(f"select * from core.{fact} order by all") == rows, fact
