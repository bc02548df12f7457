"""The bill as last stated, its history and cost by model and day, from raw statements on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.commands import Project
from support.raw_tables import RawOpenAI, cost

#: One build (or parse) serves every test of this file, so they run in one process.

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 12, 12)


def usd(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four loads on three days, then one build; every test looks at a day of its own."""
    project = Project(tmp_path_factory.mktemp("costs"))
    raw = RawOpenAI(project.warehouse)
    api = "organization"
    day = {number: DAY + timedelta(days=number) for number in range(-9, 5)}
    amounts = ["0", "0.06", "12.50", "1.29e-05", "0E-6176", "1.4528752074471551", "-0.5"]
    # While the 12th (day 2) is running.
    raw.load_days(
        "1.1",
        NOON,
        {
            # C11 of the cost cases
            (api, day[0]): [
                cost("gpt-4o-2024-08-06, input", "8.0"),
                cost("evals | gpt-4o-mini-2024-07-18, input", "1.0"),
            ],
            # C14: one line each, so that every amount is rounded on its own
            (api, day[-1]): [cost(f"line {n}", text) for n, text in enumerate(amounts)],
            # halves of a nano-dollar are added before they are rounded
            (api, day[-2]): [
                cost("gpt-4o-2024-08-06, input", "0.0000000005", key=None) | {"user_id": user}
                for user in ("u1", "u2", "u3")
            ],
            # keys that lack
            (api, day[-3]): [
                cost("Text tokens", "3", project=None),
                cost("Text tokens", "4", project="proj_a"),
                cost("Text tokens", "5", project="proj_a", key="key_a"),
                cost(None, "6"),
            ],
            # other currencies: the rate of the month, and none at all
            (api, day[-4]): [cost("whisper", "10", currency="EUR"), cost("whisper", "1")],
            (api, day[-5]): [cost("whisper", "10", currency="xts"), cost("Text tokens", "1")],
            # files: two projects on one day; and a day that the API states too
            ("project:proj_a", day[-6]): [cost("whisper", "1")],
            ("project:proj_b", day[-6]): [cost("whisper", "2", project="proj_b")],
            ("project:proj_a", day[-7]): [cost("whisper", "99")],
            (api, day[-7]): [cost("whisper", "7")],
            # day 1 is restated to nothing later; day 2 is still running
            (api, day[1]): [cost("quantum leap | experimental", "5")],
            (api, day[2]): [cost("whisper", "1")],
            (api, day[-8]): [],
        },
        {
            ("completions", day[0]): [
                {
                    "model": "gpt-4o-2024-08-06",
                    "num_model_requests": 3,
                    "input_tokens": 10_000,
                    "input_cached_tokens": 6_000,
                    "output_tokens": 500,
                },
                {"model": "gpt-4o-mini-2024-07-18", "num_model_requests": 1, "input_tokens": 9},
                {"model": "orchid-preview", "num_model_requests": 2, "input_tokens": 7},
            ],
            ("web_search_calls", day[0]): [{"num_requests": 4}],
        },
    )
    # The next day: the 12th is complete, C11 is restated.
    raw.load_days(
        "2.1",
        NOON + timedelta(days=1),
        {
            (api, day[0]): [cost("gpt-4o-2024-08-06, input", "9.99")],
            (api, day[2]): [cost("whisper", "3"), cost("Text tokens", "1")],
        },
    )
    # Two days on: day 1 is restated to nothing, the 12th loses a line and gets another.
    raw.load_days(
        "3.1",
        NOON + timedelta(days=2),
        {(api, day[1]): [], (api, day[2]): [cost("whisper", "3"), cost("web search calls", "2")]},
    )
    # A load that never ended says something else; nobody believes it.
    raw.load_days(
        "4.1", NOON + timedelta(days=3), {(api, day[0]): [cost("whisper", "77")]}, status=1
    )
    project.settings["AS_OF"] = "2026-03-14T12:00:00Z"
    project.dbt(
        "build",
        "--select",
        "+cost_by_model_day",
        "+load_freshness_by_source",
        "--indirect-selection=cautious",
        "--quiet",
    )
    return project


def bill(project: Project, number: int, *columns: str) -> list[tuple[Any, ...]]:
    return project.rows(
        f"select {', '.join(columns)} from core.fct_provider_costs "
        f"where cost_date = '{DAY + timedelta(days=number)}' order by all"
    )


def test_a_restatement_replaces_the_day_and_keeps_what_was_billed_first(built: Project) -> None:
    columns = ("line_item", "billed_usd", "first_billed_usd", "restated_at")
    later = NOON + timedelta(days=1)
    assert bill(built, 0, *columns) == [
        ("evals | gpt-4o-mini-2024-07-18, input", usd("0"), usd("1"), later),
        ("gpt-4o-2024-08-06, input", usd("9.99"), usd("8"), later),
    ]


def test_a_day_restated_to_nothing_stays_with_zero(built: Project) -> None:
    later = NOON + timedelta(days=2)
    assert bill(built, 1, "billed_usd", "first_billed_usd", "restated_at", "last_stated_at") == [
        (usd("0"), usd("5"), later, later)
    ]
    assert bill(built, -8, "line_item") == []


def test_what_a_running_day_was_billed_so_far_is_not_its_first_bill(built: Project) -> None:
    later = NOON + timedelta(days=2)
    assert bill(built, 2, "line_item", "billed_usd", "first_billed_usd", "restated_at") == [
        ("Text tokens", usd("0"), usd("1"), later),
        ("web search calls", usd("2"), usd("0"), later),
        ("whisper", usd("3"), usd("3"), None),
    ]


def test_amounts_are_rounded_half_up_to_the_nano_dollar_once_per_line(built: Project) -> None:
    assert bill(built, -1, "billed_usd") == [
        (usd("-0.5"),), (usd("0"),), (usd("0"),), (usd("0.0000129"),), (usd("0.06"),),
        (usd("1.452875207"),), (usd("12.5"),),
    ]  # fmt: skip
    assert sum(row[0] for row in bill(built, -1, "billed_usd")) == usd("13.512888107")
    assert bill(built, -2, "billed_usd") == [(usd("0.000000002"),)]  # 1.5 nano-dollars


def test_lines_without_project_key_or_wording_are_lines_of_their_own(built: Project) -> None:
    assert bill(built, -3, "billed_usd", "project_id", "api_key_id", "line_item") == [
        (usd("3"), None, None, "Text tokens"),
        (usd("4"), "proj_a", None, "Text tokens"),
        (usd("5"), "proj_a", "key_a", "Text tokens"),
        (usd("6"), "proj_a", None, "__unknown__"),
    ]


def test_other_currencies_are_converted_or_unknown(built: Project) -> None:
    rate = built.rows(
        "select usd_per_unit from seeds.exchange_rates "
        "where currency = 'eur' and rate_date = '2026-03-01'"
    )[0][0]
    assert bill(built, -4, "billed_usd", "is_missing_rate") == [(10 * rate + 1, False)]
    assert bill(built, -5, "line_item", "billed_usd", "is_missing_rate") == [
        ("Text tokens", usd("1"), False),
        ("whisper", None, True),
    ]


def test_the_api_speaks_for_all_projects_of_a_day_and_files_for_the_others(built: Project) -> None:
    assert bill(built, -6, "project_id", "billed_usd") == [
        ("proj_a", usd("1")),
        ("proj_b", usd("2")),
    ]
    assert bill(built, -7, "billed_usd") == [(usd("7"),)]


def test_cost_by_model_and_day(built: Project) -> None:
    assert built.rows(
        "select model_id, cost_usd, list_cost_usd, calls, input_tokens, is_mapped, is_provisional "
        f"from unit_economics.cost_by_model_day where date = '{DAY}' order by model_id"
    ) == [
        ("__no_model__", usd("0"), None, 4, 0, True, False),
        # (10,000 - 6,000) x 2.50 + 6,000 x 1.25 + 500 x 10 dollars per million
        ("gpt-4o", usd("9.99"), usd("0.0225"), 3, 10_000, True, False),
        ("gpt-4o-mini", usd("0"), usd("0.00000135"), 1, 9, True, False),
        ("orchid-preview", usd("0"), None, 2, 7, True, False),
    ]
    unmapped = built.rows(
        "select date, cost_usd, is_mapped from unit_economics.cost_by_model_day "
        f"where model_id = '__unmapped__' and date = '{DAY + timedelta(days=1)}'"
    )
    assert unmapped == [(DAY + timedelta(days=1), usd("0"), False)]
    assert built.rows(
        "select cost_usd from unit_economics.cost_by_model_day "
        f"where model_id = 'whisper-1' and date = '{DAY - timedelta(days=5)}'"
    ) == [(None,)]
    mart, facts = (
        built.rows(f"select sum({column}) from {table}")[0][0]
        for column, table in (
            ("cost_usd", "unit_economics.cost_by_model_day"),
            ("billed_usd", "core.fct_provider_costs"),
        )
    )
    assert mart == facts


def test_freshness_names_what_is_missing(built: Project) -> None:
    assert built.rows(
        "select source, last_synced_at, hours_since_sync, newest_data_date, loads, is_stale, "
        "missing_setting from monitoring.load_freshness_by_source "
        "where source in ('app_events', 'openai', 'stripe') order by source"
    ) == [
        ("app_events", None, None, None, 0, True, "SOURCES__APP_EVENTS__BUCKET_URL"),
        ("openai", NOON + timedelta(days=2), usd("0"), date(2026, 3, 12), 3, False, None),
        ("stripe", None, None, None, 0, True, "SOURCES__STRIPE__API_KEY"),
    ]
