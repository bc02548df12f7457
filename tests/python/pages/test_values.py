"""What a person reads: amounts, counts, periods, looks and files, each a pure function."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from dashboards.components.downloads import csv_bytes, xlsx_bytes
from dashboards.components.figures import lines, plain
from dashboards.components.palette import COLOURS, GREY, looks
from dashboards.components.sparkline import ribbon
from pipelines.files import literal
from pipelines.published.questions.formatting import (
    DECIMAL_PLACES,
    count,
    days_of,
    headline,
    milliseconds,
    money,
    percent,
    points,
    signed,
    times,
    unit_cost,
)
from pipelines.published.questions.periods import Period, period_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "usd", "$1,234.50"),
        ("-1234.5", "USD", "-$1,234.50"),
        ("0", "usd", "$0.00"),
        ("0.004", "usd", "<$0.01"),
        ("-0.004", "usd", "-<$0.01"),
        ("0.005", "usd", "<$0.01"),
        ("0.015", "usd", "$0.02"),
        ("5000", "jpy", "¥5,000"),
        ("1.2345", "kwd", "KWD 1.235"),
        ("99999999999999999999.99", "eur", "€99,999,999,999,999,999,999.99"),
        (None, "usd", "—"),
    ],
)
def test_money(amount: str | None, currency: str, text: str) -> None:
    assert money(None if amount is None else Decimal(amount), currency) == text


def test_counts_and_changes() -> None:
    assert (count(0), count(None), count(1234567), count(-5)) == ("0", "—", "1,234,567", "-5")
    assert [signed(text) for text in ("$5.00", "-$5.00", "$0.00", "0", "—")] == [
        "+$5.00",
        "-$5.00",
        "$0.00",
        "0",
        "—",
    ]


def test_decimal_places_are_those_of_the_seed() -> None:
    with (ROOT / "seeds" / "currency_exponents.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    differing = {row["currency"]: int(row["exponent"]) for row in rows if row["exponent"] != "2"}
    assert differing == DECIMAL_PLACES


FIRST = date(2025, 6, 4)


def test_a_period_ends_before_the_running_day() -> None:
    noon = datetime(2026, 11, 15, 12)
    assert period_of("7d", noon, FIRST) == Period(date(2026, 11, 8), date(2026, 11, 15))
    assert period_of("12m", noon, FIRST) == Period(date(2025, 11, 1), date(2026, 11, 15))
    assert period_of("all", noon, FIRST) == Period(FIRST, date(2026, 11, 15))
    assert period_of("mtd", noon, FIRST) == Period(date(2026, 11, 1), date(2026, 11, 15))
    # AS_OF of a day means its end, so that day is complete
    assert period_of("7d", datetime(2026, 11, 15), FIRST).last_day == date(2026, 11, 14)
    assert period_of("mtd", datetime(2026, 12, 1), FIRST).start == date(2026, 11, 1)
    evening = datetime(2026, 11, 15, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert period_of("7d", evening, FIRST).end == date(2026, 11, 16)
    assert period_of("no such range", noon, FIRST) == period_of("12m", noon, FIRST)
    asked = (date(2026, 3, 31), date(2026, 2, 1))
    assert period_of("custom", noon, FIRST, asked) == Period(date(2026, 2, 1), date(2026, 4, 1))
    assert period_of("custom", noon, FIRST, asked[:1]) == period_of("all", noon, FIRST)


def test_days_are_compared_with_as_many_before_or_the_same_of_a_month_or_year() -> None:
    week = Period(date(2026, 11, 8), date(2026, 11, 15))
    assert week.before() == Period(date(2026, 11, 1), date(2026, 11, 8))
    assert week.year_before() == Period(date(2025, 11, 8), date(2025, 11, 15))
    so_far = Period(date(2026, 11, 1), date(2026, 11, 15))
    assert so_far.before() == Period(date(2026, 10, 1), date(2026, 10, 15))
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert march.before() == Period(date(2026, 2, 1), date(2026, 3, 1))
    assert Period(date(2024, 2, 29), date(2024, 3, 1)).year_before().start == date(2023, 2, 28)


def test_headline_rates_are_of_a_month_that_is_over() -> None:
    def headline_month(end: date) -> date:
        return Period(date(2025, 11, 1), end).last_complete_month

    assert headline_month(date(2026, 11, 15)) == date(2026, 10, 1)
    assert headline_month(date(2026, 11, 1)) == date(2026, 10, 1)
    assert headline_month(date(2026, 1, 5)) == date(2025, 12, 1)


def test_rates_and_small_amounts() -> None:
    assert [percent(Decimal(text)) for text in ("0.4415", "0", "0.0004", "-0.02", "1.5")] == [
        "44.2%",
        "0.0%",
        "<0.1%",
        "-2.0%",
        "150.0%",
    ]
    assert (percent(None), points(None), times(None), milliseconds(None)) == ("—",) * 4
    assert (points(Decimal("-0.0123")), times(Decimal("2.6"))) == ("-1.2 pp", "2.60×")
    # what rounds to nothing is small, or has no sign: never "-0.0"
    assert (points(Decimal("-0.0004")), points(Decimal("0.0005"))) == ("-<0.1 pp", "0.1 pp")
    assert (points(Decimal(0)), times(Decimal("-0.001"))) == ("0.0 pp", "0.00×")
    assert milliseconds(Decimal("-0.4")) == "0 ms"
    assert milliseconds(Decimal("1234.5")) == "1,235 ms"
    assert [unit_cost(Decimal(text), "usd") for text in ("0.0123456", "0", "12.345")] == [
        "$0.01235",
        "$0.00",
        "$12.35",
    ]
    assert headline(Decimal("9999.99"), "usd") == "$9,999.99"
    assert headline(Decimal("-30281.5"), "usd") == "-$30,282"


def test_a_sparkline_has_gaps_and_is_nothing_without_two_values() -> None:
    assert ribbon([Decimal(1)], "x") == ribbon([None, Decimal(1)], "x") == ""
    drawn = ribbon([Decimal(1), None, Decimal(2), Decimal(3)], 'a "b" <c>')
    assert drawn.count("clip-path") == 2
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in drawn


def test_excel_cells_are_numbers_dates_and_never_formulas() -> None:
    table = pa.table({"name": ["=1+1", "http://evil.test", None], "amount": [Decimal("1.5")] * 3})
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(table, [("Mart", "=2+2")]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        assert not [name for name in book.namelist() if "rels/sheet" in name]
    assert "<f>" not in sheet
    assert sheet.count("<v>1.5</v>") == 3
    assert "<t>=1+1</t>" in texts
    assert "<t>=2+2</t>" in texts


def test_a_period_in_words() -> None:
    assert days_of(Period(date(2026, 10, 16), date(2026, 11, 15))) == "16 Oct – 14 Nov 2026"
    assert days_of(Period(date(2025, 12, 31), date(2026, 1, 2))) == "31 Dec 2025 – 1 Jan 2026"
    assert days_of(Period(date(2026, 1, 1), date(2026, 1, 2))) == "1 Jan 2026"


def test_values_as_sql() -> None:
    assert literal("o'clock'; drop") == "'o''clock''; drop'"
    assert literal(date(2026, 1, 2)) == "date '2026-01-02'"
    assert literal(datetime(2026, 1, 2, 3, tzinfo=UTC)) == "timestamp '2026-01-02 03:00:00'"


def test_csv_cells_are_exact_and_never_formulas() -> None:
    table = pa.table(
        {
            "=name": ["=1+1", "+1", "-1", "@x", "\tx", " =x", "plain", None, 'a"b,c\nd'],
            "amount": pa.array([Decimal("-0.000000001")] * 9, pa.decimal128(38, 9)),
        }
    )
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode())))
    assert rows[0] == ["'=name", "amount"]
    names = [row[0] for row in rows[1:]]
    assert names == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "' =x", "plain", "", 'a"b,c\nd']
    assert {row[1] for row in rows[1:]} == {"-0.000000001"}


def test_names_on_charts_are_not_markup() -> None:
    assert plain("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"
    assert plain("a\n b") == "a b"
    assert plain(" ") == "(empty name)"
    assert len(plain("x" * 200)) == 40


def test_a_thing_keeps_its_look_whatever_a_filter_shows() -> None:
    things = [f"model {rank}" for rank in range(24)]
    found = looks(things)
    assert len({(found[thing].colour, found[thing].pattern) for thing in things}) == 24
    assert found["__other__"].colour == GREY
    assert looks(["a", "__unmapped__", "b"])["b"] == looks(["a", "b"])["b"]
    assert looks(["__unmapped__"])["__unmapped__"].colour == GREY


_LINEAR_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
#: Machado, Oliveira, Fernandes (2009), severity 1: how a colour looks with each kind of sight.
_SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def _linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted((float(_linear(one) @ weights), float(_linear(other) @ weights)))
    return (high + 0.05) / (low + 0.05)


def _lab(colour: str, sight: np.ndarray) -> np.ndarray:
    seen = np.clip(sight @ _linear(colour), 0, 1)
    xyz = _LINEAR_TO_XYZ @ seen / np.array([0.95047, 1, 1.08883])
    bent = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])])


@pytest.mark.parametrize("background", ["#ffffff", "#171614"])
@pytest.mark.parametrize("colour", [*COLOURS, GREY])
def test_colours_stand_out_on_both_backgrounds(colour: str, background: str) -> None:
    assert _contrast(colour, background) >= 3  # WCAG AA for graphics


@pytest.mark.parametrize("sight", list(_SIGHTS))
def test_colours_differ_for_everybody(sight: str) -> None:
    for one, other in combinations(COLOURS, 2):
        distance = np.linalg.norm(_lab(one, _SIGHTS[sight]) - _lab(other, _SIGHTS[sight]))
        assert distance > 25, (one, other)


def test_a_line_stops_on_both_sides_of_what_is_not_complete() -> None:
    rows = [
        {"date": date(2026, 10, day), "series": "x", "value": day, "is_provisional": day in (1, 5)}
        for day in range(1, 6)
    ]
    drawn = [trace for trace in lines(rows, unit=str, axis={}).data if trace.name == "x"]
    assert list(drawn[0].y) == [1, None, 2, 3, 4, None, 5]
