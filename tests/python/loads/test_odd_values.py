"""Numbers, times and lists that are none, in what all vendors' answers are read with."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.loading.http import parse_json
from pipelines.loading.moments import moment_of
from pipelines.loading.tables import ChildTable, LiftError, cast_value, lift_children, lift_object
from pipelines.sources.braintree.xml import parse_xml
from pipelines.sources.custom.mapping import RefusedError, read_day
from pipelines.sources.polar import tables as polar
from pipelines.sources.recurly import tables as recurly


def test_numbers_of_any_length_are_read() -> None:
    digits = "7" * 6000
    assert parse_json(f'{{"a": {digits}, "b": 1}}') == {"a": Decimal(digits), "b": 1}
    with pytest.raises(ValueError, match="too deep"):
        parse_json("[" * 100_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("1.50", Decimal("1.50")),
        ("1e400000000", Decimal("1e400000000")),  # written out, it would fill the memory
        ("9" * 6000, Decimal("9" * 6000)),
        ("NaN", "NaN"),
        ("sNaN", "sNaN"),
        ("Infinity", "Infinity"),
        ("many", "many"),
    ],
)
def test_numbers_of_xml_are_read_or_left_as_they_are(text: str, value: Any) -> None:
    for kind in ("integer", "decimal"):
        assert parse_xml(f'<a><b type="{kind}">{text}</b></a>'.encode()) == {"a": {"b": value}}


def test_xml_that_is_nested_too_deep_is_no_answer() -> None:
    deep = 200_000
    with pytest.raises(ValueError, match="too deep"):
        parse_xml(b"<a>" * deep + b"</a>" * deep)


def test_a_time_that_leaves_the_calendar_is_none() -> None:
    assert moment_of("2026-01-01T01:00:00+01:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert moment_of("2026-01-01") == datetime(2026, 1, 1, tzinfo=UTC)
    for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "soon", 5, None):
        assert moment_of(odd) is None
    with pytest.raises(RefusedError, match="outside"):
        read_day("day", "0001-01-01T00:00:00+14:00", "UTC")


def test_a_text_where_a_list_is_due_is_no_empty_list() -> None:
    table = ChildTable("items", "items", {"quantity": "bigint"})
    for nothing in (None, [], {}, "", False):
        assert list(lift_children("a", {"items": nothing}, None, [table])) == []
    for odd in ("two", 2, True):
        with pytest.raises(LiftError, match="items"):
            list(lift_children("a", {"items": odd}, None, [table]))


def test_an_amount_that_no_ledger_holds_is_no_bill() -> None:
    """Times a quantity it would leave the columns of the models, and stop everybody's build."""
    assert cast_value("price", "999999999999999.5", "money") == Decimal("999999999999999.5")
    for odd in (10**15, Decimal("123456789012345678901234.5"), "-1e15", Decimal("1e400")):
        with pytest.raises(LiftError, match="price"):
            cast_value("price", odd, "money")


def test_what_no_ledger_can_do_without_is_needed() -> None:
    """A dispute without its day, a subscription without its plan: each stopped a build."""
    for table, whole, missing in (
        (polar.DISPUTES, {"created_at": "2026-01-01T00:00:00Z"}, {"created_at": None}),
        (recurly.SUBSCRIPTIONS, {"plan": {"id": "p"}}, {"plan": {}}),
    ):
        assert lift_object(whole, table)
        with pytest.raises(LiftError, match="cannot be missing"):
            lift_object(missing, table)


@pytest.mark.parametrize(("kind", "whole"), [("percent", 100), ("basis_points", 10_000)])
def test_a_discount_of_more_than_all_is_none(kind: str, whole: int) -> None:
    for share in (0, whole // 3, str(whole)):
        assert cast_value("discount", share, kind) == Decimal(share)
    for odd in (-1, whole + 1, 10**17, Decimal("1e400"), "much"):
        with pytest.raises(LiftError, match="discount"):
            cast_value("discount", odd, kind)
