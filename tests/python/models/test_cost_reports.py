"""Cases made after reports about other tools: prices, names and bills, played in one build.

The cases' prices are contract prices; the shipped ones of their models are taken out, so that a
case says all that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from support.commands import Project
from support.price_answers import Call, read_sample, unexplained
from support.raw_tables import RawEvents, RawOpenAI, cost, days_from

CASES = {
    case["id"]: case
    for case in yaml.safe_load(
        (Path(__file__).parents[1] / "fixtures" / "cost_reports.yaml").read_text()
    )["cases"]
}
DAY = date(2026, 1, 10)
RESTATED_DAYS = (date(2026, 1, 12), date(2026, 1, 13))
LINES_DAY = date(2026, 1, 14)
#: Wordings that others read off their own OpenAI bills -> the pool that they bill.
LINES_SEEN = {
    "gpt-image-1.5 image, output": "output",
    "gpt-image-1.5-2025-12-16 text, cached input": "cached_input",
    "priority | gpt-image-1.5 text, input": "uncached_input",
    "gpt-realtime-2.1 audio, output": "output",
    "gpt-5.6-terra, cache writes": "cache_write",
    "flex | gpt-5.6-terra, output": "output",
    "gpt-5.6-terra, cached input, long context": "cached_input",
    "priority | gpt-5.6-terra, output, long context": "output",
    "tts hd": "other",
    "Vector storage": "other",
}
PROVIDERS = {"claude": "anthropic", "gemini": "google", "grok": "x-ai"}
TIERS = ("standard", "batch", "flex", "priority")
#: Beside the cases: prices of models whose names, tiers and counts are tried in many forms.
MORE_PRICES: dict[str, Any] = {
    "gpt-5.6": {"batch": {"input": "0.5", "output": "5"}},
    "gemini-nova": {"input": "1", "output": "4"},
    "claude-lily": {
        "input": "3", "cached_input": "0.30", "cache_write": "3.75", "cache_write_1h": "6",
        "output": "15",
    },
    "claude-rose": {"input": "3", "cache_write": "3.75", "output": "15"},
    "gpt-picture": {"input": "5", "input_image": "10", "output": "20", "output_image": "40"},
    "gpt-sound": {
        "input": "1", "cached_input": "0.1", "output": "4", "input_audio": "10",
        "cached_input_audio": "0.5", "output_audio": "20",
    },
    "m-nano": {"input": "0.001"},
    "gpt-realtime-2.1": {"input": "4", "output": "24", "input_audio": "32", "output_audio": "64"},
    "gpt-realtime-2.1-mini": {"input": "1", "output": "2", "input_audio": "10"},
    "gpt-image-1.5": {"input": "5", "output": "10", "output_image": "32"},
}  # fmt: skip


def provider_of(model: str) -> str:
    return PROVIDERS.get(model.split("-", maxsplit=1)[0], "openai")


def price_rows(model: str, prices: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """(model, token type, tier, above so many tokens, dollars per million)."""
    for tier in TIERS:
        rates = prices.get(tier, {} if tier != "standard" else prices)
        for name, usd in rates.items():
            if isinstance(usd, str):
                yield model, name, tier, 0, usd
            elif name.startswith("above_"):
                above = int(name.split("_")[1])
                yield from ((model, kind, tier, above, more) for kind, more in usd.items())


def write_prices(warehouse: Path) -> None:
    rows = set()
    for case in CASES.values():
        for model, prices in case["given"].get("prices", {}).items():
            rows |= set(price_rows(model, prices))
    for model, prices in MORE_PRICES.items():
        rows |= set(price_rows(model, prices))
    with duckdb.connect(str(warehouse)) as connection:
        for model in {row[0] for row in rows}:
            connection.execute("delete from seeds.llm_prices where model_id = ?", [model])
        connection.executemany(
            "insert into seeds.llm_price_overrides "
            "select ?, ?, ?, ?, ?, cast(? as decimal(38, 9)), date '2025-01-01', null, "
            "'effective', 'case', date '2025-01-01', 'case'",
            [(provider_of(row[0]), *row) for row in sorted(rows)],
        )


def given_events() -> Iterator[dict[str, Any]]:
    for case in ("A4", "A5", "A7"):
        yield {"event_id": case, **CASES[case]["given"]["event"]}
    for case in ("A6", "A8"):
        for name, event in CASES[case]["given"]["events"].items():
            yield {"event_id": f"{case}-{name}", **event}
    yield from variants()
    for day in RESTATED_DAYS:
        yield {
            "event_id": f"A12-{day}", "occurred_at": f"{day}T10:00:00Z", "provider": "openai",
            "model": "m-nano", "project_id": "p12", "feature": "chat", "customer_id": "c12",
            "input_tokens": 100_000,
        }  # fmt: skip
    for model, tokens in {
        "gpt-realtime-2.1-mini": {"input_tokens": 100, "input_audio_tokens": 100},
        "gpt-realtime-2.1": {"output_tokens": 100, "output_audio_tokens": 100},
        "gpt-image-1.5": {"output_tokens": 100, "output_image_tokens": 100},
    }.items():
        yield {
            "event_id": f"A10-{model}", "occurred_at": f"{LINES_DAY}T10:00:00Z",
            "provider": "openai", "model": model, "project_id": "p10", "feature": "chat",
            "customer_id": model, **tokens,
        }  # fmt: skip


#: event id -> (what it says, dollars at list price or None)
VARIANTS: dict[str, tuple[dict[str, Any], str | None]] = {
    # names
    "prefixed": ({"provider": "openai", "model": "openai/gpt-4o", "input_tokens": 1000}, "0.0025"),
    "gateway": (
        {"provider": "gateway", "model": " OpenAI/GPT-4o ", "input_tokens": 1000}, "0.0025",
    ),
    "no_provider": ({"model": "anthropic/claude-lily", "input_tokens": 1000}, "0.003"),
    "span": (
        {"provider": " GCP.Gemini", "model": "models/gemini-nova", "input_tokens": 10}, "0.00001",
    ),
    "cloud": (
        {"provider": "anthropic", "model": "us.anthropic.claude-lily-20250929-v1:0",
         "input_tokens": 1000}, "0.003",
    ),
    "dated": (
        {"provider": "OPENAI", "model": "gpt-sound-2026-08-28", "input_tokens": 10}, "0.00001",
    ),
    # tiers
    "auto": ({"model": "gpt-5.6", "service_tier": "AUTO", "input_tokens": 1000}, "0.00125"),
    "empty": ({"model": "gpt-5.6", "service_tier": " ", "input_tokens": 1000}, "0.00125"),
    "batch": (
        {"model": "gpt-5.6", "service_tier": "fast", "is_batch": True, "input_tokens": 1000},
        "0.0005",
    ),
    "unknown_tier": ({"model": "gpt-5.6", "service_tier": "scale", "input_tokens": 1000}, None),
    # kinds of tokens
    "audio": (
        {"model": "gpt-sound", "input_tokens": 100, "input_audio_tokens": 60,
         "cached_input_tokens": 30, "cached_input_audio_tokens": 20, "output_tokens": 10,
         "output_audio_tokens": 4},
        "0.000545",  # 30 x 1 + 40 x 10 + 10 x 0.1 + 20 x 0.5 + 6 x 4 + 4 x 20
    ),
    "image": (
        {"model": "gpt-picture", "input_tokens": 100, "input_image_tokens": 60,
         "output_tokens": 10, "output_image_tokens": 9},
        "0.00118",  # 40 x 5 + 60 x 10 + 1 x 20 + 9 x 40
    ),
    "no_audio_rate": ({"model": "gpt-4o", "input_tokens": 10, "input_audio_tokens": 5}, None),
    "no_image_rate": ({"model": "gpt-4o", "output_tokens": 10, "output_image_tokens": 5}, None),
    "hour": (
        {"provider": "anthropic", "model": "claude-lily", "input_tokens": 100,
         "cache_write_tokens": 50, "cache_write_1h_tokens": 20},
        "0.0003825",  # 50 x 3 + 30 x 3.75 + 20 x 6
    ),
    "no_hour_rate": (
        {"provider": "anthropic", "model": "claude-rose", "input_tokens": 100,
         "cache_write_tokens": 50, "cache_write_1h_tokens": 20}, None,
    ),
    # counts
    "beside_unknown": ({"model": "gpt-4o", "input_tokens": 10, "cached_input_tokens": 11}, None),
    "more_audio": (
        {"model": "gpt-sound", "output_tokens": 10, "output_audio_tokens": 11}, None,
    ),
}  # fmt: skip


def variants() -> Iterator[dict[str, Any]]:
    for name, (said, _) in VARIANTS.items():
        yield {"event_id": name, **said}


def sample() -> list[Call]:
    """Calls of models whose shipped prices are in place."""
    taken = {model for case in CASES.values() for model in case["given"].get("prices", {})}
    return [
        call
        for call in read_sample()
        if call.event_id.split("|")[1] not in taken | set(MORE_PRICES)
    ]


def raw_event(event: dict[str, Any]) -> dict[str, Any]:
    moment = event.get("occurred_at", f"{DAY}T12:00:00Z").removesuffix("Z")
    return {
        "event_type": "llm_request",
        "customer_id": "c",
        **event,
        "occurred_at": datetime.fromisoformat(moment),
    }


def bills() -> tuple[dict[tuple[str, date], list[Any]], dict[tuple[str, date], list[Any]]]:
    """The bill as first stated and what a later load says anew."""
    given = CASES["A12"]
    assert "0.000125" in given["given"]["bill"]
    scope = "organization"
    first: dict[tuple[str, date], list[Any]] = {
        (scope, day): [] for day in days_from(date(2026, 1, 8), 12)
    }
    first[scope, RESTATED_DAYS[0]] = [cost("m-nano, input", "0.000125", "p12")]
    first[scope, RESTATED_DAYS[1]] = [cost("m-nano, input", "0.0001", "p12")]
    first[scope, LINES_DAY] = [
        cost(item, "0.001", "p10") for item in CASES["A10"]["given"]["line_items"]
    ] + [cost(item, "0.001", "p11") for item in LINES_SEEN]
    return first, {(scope, RESTATED_DAYS[1]): []}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("cost_reports"))
    project.settings["AS_OF"] = str(CASES["A5"]["given"]["as_of"])
    project.dbt("seed", "--quiet")
    write_prices(project.warehouse)
    first, anew = bills()
    openai = RawOpenAI(project.warehouse)
    openai.load_days("1000.1", datetime(2026, 1, 19, 12), first)
    openai.load_days("1001.1", datetime(2026, 1, 20, 12), anew)
    app = RawEvents(project.warehouse)
    app.load_events("1002.1", map(raw_event, given_events()))
    app.load_events("1003.1", (call.event() for call in sample()))
    project.dbt(
        "run", "--quiet", "--select", "+fct_llm_requests", "+cost_by_feature_day",
        "+cost_reconciliation_by_day", "+llm_usage_by_model_day", "+margin_by_customer_month",
    )  # fmt: skip
    return project


def priced(project: Project, event: str) -> tuple[Decimal | None, bool]:
    [row] = project.rows(
        f"select list_cost_usd, is_priced from core.fct_llm_requests where event_id = '{event}'"
    )
    return row


def test_a4_a_tier_under_two_names(played: Project) -> None:
    assert priced(played, "A4") == (Decimal("0.0045"), True)


def test_a5_a_provider_whose_bill_is_never_loaded_costs_its_list_price(played: Project) -> None:
    expected = CASES["A5"]["expected"]
    whole = Decimal(expected["core.fct_cost_attribution"]["cost_usd"])
    assert priced(played, "A5") == (whole, True)
    rows = played.rows(
        "select distinct provider, status from core.fct_cost_attribution "
        f"where cost_date = '{DAY}' and customer_id = 'c' order by 1, 2"
    )
    # openai's bill of that day is loaded and empty
    assert rows == [
        ("anthropic", "estimated"), ("google", "estimated"), ("openai", "never_billed"),
    ]  # fmt: skip
    assert played.rows(
        "select bool_and(cost_usd = list_cost_usd), sum(cost_usd) > 6 "
        "from core.fct_cost_attribution "
        "where provider = 'anthropic' and customer_id = 'c'"
    ) == [(True, True)]
    [(margin, attributed)] = played.rows(
        "select cost_usd = estimated_cost_usd, "
        "cost_usd = (select sum(cost_usd) from core.fct_cost_attribution where customer_id = 'c') "
        "from unit_economics.margin_by_customer_month where customer_id = 'c'"
    )
    assert (margin, attributed) == (True, True)


def test_a6_cached_and_written_tokens_without_a_rate_are_input(played: Project) -> None:
    expected = CASES["A6"]["expected"]
    for name in ("written", "cached"):
        assert priced(played, f"A6-{name}") == (Decimal(expected[name]), True)


def test_a7_every_kind_of_token_has_its_own_rate(played: Project) -> None:
    assert priced(played, "A7") == (Decimal("0.0007202"), True)


def test_a8_what_was_counted_beside_the_input_is_added(played: Project) -> None:
    assert priced(played, "A8-a") == (Decimal("0.054399"), True)
    assert priced(played, "A8-b") == (Decimal("0.150255"), True)


@pytest.mark.parametrize("name", VARIANTS)
def test_names_tiers_and_tokens_in_other_forms(played: Project, name: str) -> None:
    usd = VARIANTS[name][1]
    assert priced(played, name) == (None if usd is None else Decimal(usd), usd is not None)


def test_a10_known_wordings_are_mapped_and_go_to_their_model(played: Project) -> None:
    lines = CASES["A10"]["given"]["line_items"]
    rows = played.rows(
        "select line_item, is_mapped, pool from core.fct_provider_costs where project_id = 'p10'"
    )
    assert {row[0] for row in rows} == set(lines)
    assert all(row[1] for row in rows)
    owners = played.rows(
        "select line_item, customer_id from core.fct_cost_attribution "
        "where project_id = 'p10' and line_item like '%,%put' and customer_id not like '\\_\\_%' "
        "escape '\\' order by 1"
    )
    assert owners == [
        ("gpt-image-1.5, image output", "gpt-image-1.5"),
        ("gpt-realtime-2.1, audio output", "gpt-realtime-2.1"),
        ("gpt-realtime-2.1-mini-2026-08-28, audio input", "gpt-realtime-2.1-mini"),
    ]


def test_wordings_seen_on_bills_name_their_model(played: Project) -> None:
    """What served a call stands before the model, and what its tokens are of behind it."""
    rows = played.rows(
        "select line_item, pool, is_mapped, model_id from core.fct_provider_costs "
        "where project_id = 'p11'"
    )
    assert {row[0]: row[1] for row in rows} == LINES_SEEN
    assert all(row[2] for row in rows)
    assert {row[3] for row in rows if row[1] != "other"} == {
        "gpt-image-1.5", "gpt-realtime-2.1", "gpt-5.6-terra"
    }  # fmt: skip


def test_a12_a_bill_that_went_away_is_nobodys_partner(played: Project) -> None:
    rows = played.rows(
        "select cost_date, customer_id, cost_usd, status from core.fct_cost_attribution "
        "where project_id = 'p12' order by 1, 2 desc"
    )
    first, second = RESTATED_DAYS
    assert rows == [
        (first, "c12", Decimal("0.0001"), "billed_exceeds_events"),
        (first, "__unattributed__", Decimal("0.000025"), "billed_exceeds_events"),
        (second, "c12", Decimal(0), "scaled_down"),
    ]


def test_a_sample_of_calls_costs_what_others_say(played: Project) -> None:
    """One call of every model; differences that have a reason are named there."""
    calls = sample()
    agreed, left = unexplained(played, calls)
    assert left == []
    assert agreed > 0.75 * len(calls) > 750
