"""Calls that an app's event and a span tell, or spans alone: each counts once, whoever made it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from support.commands import Project

pytestmark = pytest.mark.slow

#: gpt-4o in January 2026: 2.50 dollars a million tokens of input, 10 of output.
MODEL = "gpt-4o-2024-08-06"


def event(number: int, response: str | None, day: int = 10, **more: Any) -> str:
    return json.dumps(
        {
            "event_id": f"e{number}",
            "event_type": "llm_request",
            "occurred_at": f"2026-01-{day:02}T12:00:00Z",
            "customer_id": "cus_a",
            "feature": "chat",
            "provider": "openai",
            "model": MODEL,
            "input_tokens": 1_000_000,
            "output_tokens": 0,
            "request_id": response,
            **more,
        }
    )


def span(number: int, response: str | None, day: int = 10, trace: int = 0, **more: Any) -> str:
    ended = int(datetime(2026, 1, day, 12, tzinfo=UTC).timestamp()) * 10**9
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": MODEL,
        "gen_ai.response.id": response,
        "gen_ai.usage.input_tokens": "1000000",
        "gen_ai.usage.output_tokens": "0",
        **more,
    }
    one = {
        "traceId": f"{trace or number:032x}",
        "spanId": f"{number:016x}",
        "startTimeUnixNano": str(ended - 10**9),
        "endTimeUnixNano": str(ended),
        "attributes": [
            {"key": key, "value": {"stringValue": value}}
            for key, value in attributes.items()
            if value
        ],
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]})


@pytest.fixture
def project(project: Project) -> Project:
    folder = project.folder / "events"
    folder.mkdir()
    project.settings |= {
        "SOURCES__APP_EVENTS__BUCKET_URL": str(folder),
        "AS_OF": "2026-01-20",
    }
    return project


def calls_of(project: Project) -> list[tuple[Any, ...]]:
    return project.rows(
        "select cost_date, customer_id, sum(calls), sum(list_cost_usd) "
        "from core.fct_llm_usage_by_day group by all order by all"
    )


def build(project: Project) -> None:
    project.load_here("app_events")
    project.dbt(
        "run", "--quiet", "--select",
        "+fct_llm_usage_by_day", "+fct_cost_attribution", "+fct_llm_requests",
    )  # fmt: skip
    grains = ("int_repeated_event_rows", "int_superseded_event_rows")
    project.dbt("test", "--quiet", "--select", *grains)


def test_a_call_counts_once_and_costs_whoever_made_it(project: Project) -> None:
    events = project.folder / "events"
    (events / "spans.jsonl").write_text(
        "\n".join(
            [
                span(1, "resp_1", customer_id="cus_a"),
                span(2, "resp_2", customer_id="cus_a"),  # the app tells of it in the second load
                span(3, "resp_3", day=11),  # nobody's
                # two libraries in one trace tell of one call
                span(4, "resp_4", trace=4, day=12),
                span(5, "resp_4", trace=4, day=12, customer_id="cus_b"),
                # two calls of a server that gives its ids again
                span(6, "resp_5", day=13, customer_id="cus_c"),
                span(7, "resp_5", day=13, customer_id="cus_d"),
                # neither says which call it is
                span(8, None, day=14, customer_id="cus_e"),
            ]
        )
    )
    (events / "calls.jsonl").write_text(
        "\n".join(
            [
                event(1, "resp_1"),
                event(8, None, day=14, customer_id="cus_e"),
                # an id of the app's own, for several calls
                event(9, "turn_1", day=15, customer_id="cus_f"),
                event(10, "turn_1", day=15, customer_id="cus_f"),
                # four days before the span of that id
                event(11, "resp_3", day=7, customer_id="cus_f"),
            ]
        )
    )
    project.dbt("seed", "--quiet")
    build(project)
    cost = Decimal("2.5")

    def day(number: int) -> Any:
        return datetime(2026, 1, number, tzinfo=UTC).date()

    expected = [
        (day(7), "cus_f", 1, cost),
        (day(10), "cus_a", 2, 2 * cost),
        (day(11), "__unattributed__", 1, cost),
        (day(12), "cus_b", 1, cost),
        (day(13), "cus_c", 1, cost),
        (day(13), "cus_d", 1, cost),
        (day(14), "cus_e", 2, 2 * cost),
        (day(15), "cus_f", 2, 2 * cost),
    ]
    assert calls_of(project) == expected
    assert project.rows("select count(*) from raw_app_events.quarantine") == [(0,)]
    assert project.rows(
        "select feature_id, customer_id, cost_usd, status from core.fct_cost_attribution "
        "where cost_date = '2026-01-11'"
    ) == [("__unattributed__", "__unattributed__", cost, "estimated")]
    assert project.rows(
        "select customer_id from core.fct_llm_requests where cost_date = '2026-01-11'"
    ) == [(None,)]

    # told by the app in a later load, a day later: the span gives way on its own day
    (events / "later.jsonl").write_text(event(2, "resp_2", day=11, customer_id="cus_g"))
    build(project)
    expected[1] = (day(10), "cus_a", 1, cost)
    expected.insert(3, (day(11), "cus_g", 1, cost))
    assert calls_of(project) == expected
    # and the span sent once more changes nothing
    (events / "again.jsonl").write_text(span(2, "resp_2", customer_id="cus_a"))
    build(project)
    assert calls_of(project) == expected
