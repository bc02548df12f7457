"""The price seeds: read from the sources' own forms, appended to and never rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from scripts.prices import genai_prices, litellm, seed

TODAY = date(2026, 11, 21)
LATER = date(2026, 12, 5)
DATA = """
providers: list[Provider] = [Provider(id='openai', models=[
    ModelInfo(id='luna',
        match=ClauseOr(or_=[ClauseEquals(equals='luna'),
            ClauseRegex(regex='^luna-\\\\d{4}-\\\\d{2}$'), ClauseStartsWith(starts_with='lu-')]),
        prices=[
            ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('6'))),
            ConditionalPrice(
                constraint=StartDateConstraint(start_date=datetime.date(2026, 7, 30)),
                prices=ModelPrice(
                    input_mtok=TieredPrices(base=Decimal('0.2'),
                        tiers=[Tier(start=272000, price=Decimal('0.4'))]),
                    cache_read_mtok=Decimal('0.02'),
                    output_mtok=Decimal('1.2'),
                    web_searches_kcount=Decimal('10'))),
        ],
        price_variants=[
            PriceVariant(when={'service_tier': 'default'}, prices=ModelPrice(), constraint=None),
            PriceVariant(when={'processing': 'batch'},
                prices=ModelPrice(input_mtok=Decimal('0.1'), output_mtok=Decimal('0.6')),
                constraint=StartDateConstraint(start_date=datetime.date(2026, 10, 14))),
        ]),
])]
"""


def rows_of_data() -> list[seed.Price]:
    [provider] = genai_prices.read_data_file(DATA)
    [model] = provider.get("models")
    return list(genai_prices.prices_of_model("openai", model, "a source", TODAY))


def stated(rows: list[seed.Price]) -> set[tuple[str, str, int, str, str, str]]:
    return {
        (
            row.token_type, row.tier, row.context, seed.plain(row.usd),
            row.valid_from.isoformat(), str(row.valid_to or ""),
        )
        for row in rows
    }  # fmt: skip


def test_prices_have_periods_long_contexts_and_tiers() -> None:
    assert stated(rows_of_data()) == {
        ("input", "standard", 0, "1", "2020-01-01", "2026-07-30"),
        ("output", "standard", 0, "6", "2020-01-01", "2026-07-30"),
        ("input", "standard", 0, "0.2", "2026-07-30", ""),
        ("input", "standard", 272000, "0.4", "2026-07-30", ""),
        ("cached_input", "standard", 0, "0.02", "2026-07-30", ""),
        ("output", "standard", 0, "1.2", "2026-07-30", ""),
        ("web_searches", "standard", 0, "10000", "2026-07-30", ""),
        # as old as the standard price beside it; the cached rate is the standard one, not half
        ("input", "batch", 0, "0.1", "2026-07-30", ""),
        ("output", "batch", 0, "0.6", "2026-07-30", ""),
        ("cached_input", "batch", 0, "0.02", "2026-07-30", ""),
        ("web_searches", "batch", 0, "10000", "2026-07-30", ""),
    }


def test_names_become_globs() -> None:
    [provider] = genai_prices.read_data_file(DATA)
    rows = list(genai_prices.aliases_of("openai", provider.get("models"), "a source"))
    assert [row[1] for row in rows] == ["luna", "luna-????-??", "lu-*"]


def test_a_refresh_without_news_changes_nothing() -> None:
    rows = rows_of_data()
    held = seed.merged([], rows, TODAY)
    later = [replace(row, checked_on=LATER) for row in rows]
    assert seed.merged(held, later, LATER) == held
    assert [seed.Price.read(dict(zip(seed.PRICE_COLUMNS, r.row(), strict=True))) for r in held]


@pytest.mark.parametrize(
    ("kind", "since", "start"),
    [("effective", date(2026, 12, 1), date(2026, 12, 1)), ("first_seen", TODAY, LATER)],
)
def test_a_changed_price_closes_its_row(kind: str, since: date, start: date) -> None:
    held = seed.merged([], rows_of_data(), TODAY)
    [old] = [row for row in held if row.key[2:] == ("output", "standard", 0) and not row.valid_to]
    new = replace(old, usd=Decimal("0.9"), valid_from=since, date_kind=kind)
    after = seed.merged(held, [new], LATER)
    assert after[held.index(old)] == replace(old, valid_to=start)
    assert after[-1] == replace(new, valid_from=start, date_kind=kind)
    unchanged = [row for row in held if row != old]
    assert [row for row in after if row in unchanged] == unchanged
    assert list(seed.changes(held, after)) == [
        f"closed  openai luna output standard 0: 1.2 until {start}",
        f"new     openai luna output standard 0: 0.9 from {start}",
    ]


def test_litellm_fills_only_tiers_that_are_missing() -> None:
    rows = seed.merged([], rows_of_data(), TODAY)
    table = {
        "luna": {
            "litellm_provider": "openai",
            "input_cost_per_token": Decimal("2E-7"),
            "input_cost_per_token_flex": Decimal("1E-7"),
            "input_cost_per_token_above_272k_tokens_flex": Decimal("2E-7"),
            "input_cost_per_token_batches": Decimal("9E-7"),
        }
    }
    names = {("openai", "luna"): ["luna"]}
    filled = list(litellm.fill_tiers(rows, names, table, "litellm 1", TODAY))
    assert stated(filled) == {
        ("input", "flex", 0, "0.1", "2026-07-30", ""),
        ("input", "flex", 272000, "0.2", "2026-07-30", ""),
    }
    # a table that disagrees on the standard price is another list: nothing is taken from it
    table["luna"]["input_cost_per_token"] = Decimal("3E-7")
    assert not list(litellm.fill_tiers(rows, names, table, "litellm 1", TODAY))


def test_the_data_file_must_look_as_expected() -> None:
    with pytest.raises(ValueError, match="providers"):
        genai_prices.read_data_file("models = []")


def test_a_price_by_the_hour_is_listed_at_its_dearest_and_free_is_free() -> None:
    [provider] = genai_prices.read_data_file("""
providers: list[Provider] = [Provider(id='deepseek', models=[
    ModelInfo(id='chat', prices=[
        ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('0.135'))),
        ConditionalPrice(constraint=TimeOfDateConstraint(start_time=datetime.time(0, 30),
            end_time=datetime.time(16, 30)), prices=ModelPrice(input_mtok=Decimal('0.27')))]),
    ModelInfo(id='pro:free', prices=ModelPrice()),
    ModelInfo(id='watch', description='All are free of charge', prices=ModelPrice()),
    ModelInfo(id='voice', description='Priced by the minute', prices=ModelPrice()),
])]""")
    rows = [
        row
        for model in provider.get("models")
        for row in genai_prices.prices_of_model("deepseek", model, "a source", TODAY)
    ]
    assert [(row.model_id, row.token_type, seed.plain(row.usd)) for row in rows] == [
        ("chat", "input", "0.27"),
        ("pro:free", "input", "0"),
        ("pro:free", "output", "0"),
        ("watch", "input", "0"),
        ("watch", "output", "0"),
    ]
    assert rows[0].note.endswith(genai_prices.HOURS_NOTE)


def test_litellm_brings_models_token_types_and_images() -> None:
    rows = seed.merged([], rows_of_data(), TODAY)
    table = {
        "luna": {
            "litellm_provider": "openai",
            "supports_vision": True,
            "input_cost_per_token": Decimal("2E-7"),
            "input_cost_per_audio_token": Decimal("3E-7"),
        },
        "openai/nova": {
            "litellm_provider": "openai",
            "input_cost_per_token": Decimal("1E-6"),
            "output_cost_per_token": Decimal(0),
            "cache_creation_input_token_cost_above_1hr": Decimal("2E-6"),
            "input_cost_per_token_batches": Decimal("5E-7"),
        },
        "luna-2026-01": {"litellm_provider": "openai", "input_cost_per_token": Decimal("9E-6")},
        "other": {"litellm_provider": "elsewhere", "input_cost_per_token": Decimal("1E-6")},
    }
    names = {("openai", "luna"): ["luna"]}
    filled = list(litellm.fill_tiers(rows, names, table, "litellm 1", TODAY))
    assert stated(filled) == {("input_audio", "standard", 0, "0.3", "2026-07-30", "")}
    known = [("openai", "luna"), ("openai", "luna-????-??")]
    added = list(litellm.new_models(known, table, "litellm 1", TODAY))
    assert {row.model_id for row in added} == {"nova"}
    assert stated(added) == {
        ("input", "standard", 0, "1", "2020-01-01", ""),
        ("cache_write_1h", "standard", 0, "2", "2020-01-01", ""),
        ("input", "batch", 0, "0.5", "2020-01-01", ""),
    }
    images = list(litellm.images_as_input(rows, names, table, TODAY))
    assert {row.token_type for row in images} == {"input_image"}
    assert len(images) == sum(row.token_type == "input" for row in rows)
