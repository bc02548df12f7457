"""Odd answers of vendors: each object is loaded or quarantined, and its neighbours load.

The shapes are those that each vendor's tables declare, with something odd in them: fields that are
missing, null, of another type, huge, unknown. `make test` looks for seconds, `make test-slow`
longer.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipelines.sources
from pipelines.erasure.ledger import Ledger
from pipelines.loading.http import parse_json
from pipelines.loading.tables import ChildTable, ObjectTable
from pipelines.loading.versions import VersionWriter

NOW = datetime(2026, 11, 28, 12)
SAMPLES = {
    "text": "text", "id": "id_1", "bigint": 12, "bool": True, "epoch": 1767225600,
    "time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "decimal": "12.50", "amount": "0.1",
    "money": "7.5", "percent": "12.5", "basis_points": 1250, "json": {"a": 1},
}  # fmt: skip
#: What a parser may hand over in place of any value.
ODD = [
    None, True, 0, -1, 2**63, 2**70, 10**400, Decimal("1.5"), Decimal("1E+999999999999999999"),
    Decimal("-1E+400"), Decimal("0E-6176"), Decimal("1E-999999999999"), "NaN", "Infinity", "-1",
    "", " ", "1e999999999", "9" * 5000, "x" * 100_000, "\x00", "\ud800", "𝕏",
    "2026-02-30", "0001-01-01",
    "9999-12-31T23:59:59.999999-23:59", "'; drop table customers; --", "<script>", [], {}, [[]],
    [None], [1, "a", {}], {"id": None}, {"id": {"id": "x"}}, {"data": [None, 1, {"id": []}]},
    {"": ""}, {"\ud800": 1}, {"a.b": {"c": 1}},
]  # fmt: skip
ODD += [parse_json("[" * 300 + "]" * 300)]


def tables() -> dict[str, ObjectTable]:
    """Every declared table of versions, by source and name."""
    found = {}
    for module in pkgutil.iter_modules(pipelines.sources.__path__):
        try:
            declared = importlib.import_module(f"pipelines.sources.{module.name}.tables")
        except ModuleNotFoundError:
            continue
        for value in vars(declared).values():
            if isinstance(value, ObjectTable):
                found[f"{module.name}.{value.name}"] = value
    return found


TABLES = tables()


def sample(columns: Any, children: tuple[ChildTable, ...]) -> dict[str, Any]:
    """An object that fills every declared field."""
    item: dict[str, Any] = {"id": "id_1"}
    for path, kind in columns.items():
        put(item, path.split("."), SAMPLES[kind])
    for child in children:
        put(item, child.path.split("."), [sample(child.columns, child.children)])
    return item


def put(item: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        inner = item.get(step)
        if not isinstance(inner, dict):
            inner = item[step] = {"id": inner} if isinstance(inner, str) else {}
        item = inner
    item.setdefault(steps[-1], deepcopy(value))


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an object, as the keys that lead there."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, element in inner:
        yield (*above, key)
        yield from places(element, (*above, key))


def spoiled(item: dict[str, Any], place: tuple[Any, ...], odd: Any, how: str) -> None:
    """Change one place of an object; one that an earlier change took away stays away."""
    holder: Any = item
    for key in place[:-1]:
        try:
            holder = holder[key]
        except (KeyError, IndexError, TypeError):
            return
    key = place[-1]
    if isinstance(holder, dict) and isinstance(key, str):
        if how == "missing":
            holder.pop(key, None)
        else:
            holder[f"{key}_new" if how == "unknown" else key] = odd
    elif isinstance(holder, list) and isinstance(key, int) and key < len(holder):
        holder[key] = odd


@st.composite
def odd_objects(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(TABLES)))
    item = sample(TABLES[name].columns, TABLES[name].children)
    listed = list(places(item))
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["missing", "unknown", "other", "other", "other"]))
        spoiled(item, draw(st.sampled_from(listed)), deepcopy(draw(st.sampled_from(ODD))), how)
    return name, item


def check(name: str, item: dict[str, Any]) -> None:
    """An odd object between two good ones: one row each, or one in quarantine."""
    table = TABLES[name]
    writer = VersionWriter(table, "1", {}, ledger=Ledger(Path("none")))
    good = sample(table.columns, table.children)
    for one in ({**good, "id": "before"}, item, {**good, "id": "after"}):
        writer.add(one, observed_at=NOW, via="list")
    written: dict[str, list[dict[str, Any]]] = {}
    for target, rows in writer.flush():
        rows.validate(full=True)
        written.setdefault(target, []).extend(rows.to_pylist())
    ids = [row["id"] for row in written[table.name]]
    put_aside = written.get("quarantine", [])
    assert ids[0] == "before"
    assert ids[-1] == "after"
    assert len(ids) + len(put_aside) == 3
    for row in put_aside:
        assert row["field"]
        assert row["reason"]
        assert row["source_table"] == table.name


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_shape_itself_loads(name: str) -> None:
    table = TABLES[name]
    writer = VersionWriter(table, "1", {}, ledger=Ledger(Path("none")))
    writer.add(sample(table.columns, table.children), observed_at=NOW, via="list")
    assert {target for target, _ in writer.flush()} >= {table.name}
    assert writer.stats.quarantined == 0


def test_every_oddity_in_every_kind_of_field() -> None:
    name = "stripe.subscriptions"
    table = TABLES[name]
    good = sample(table.columns, table.children)
    by_kind = {kind: path for path, kind in table.columns.items()}
    for path in ["id", "items", *by_kind.values()]:
        for odd in ODD:
            item = deepcopy(good)
            spoiled(item, tuple(path.split(".")), deepcopy(odd), "other")
            check(name, item)


def test_a_deep_field_costs_its_object_alone_though_a_decimal_stands_beside_it() -> None:
    """An object with a decimal is written in another way than one of its fields."""
    table = TABLES["stripe.subscriptions"]
    item = sample(table.columns, table.children)
    check("stripe.subscriptions", {**item, "metadata": ODD[-1], "odd": Decimal("1.5")})


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_objects())
def test_an_odd_object_costs_itself_alone(odd: tuple[str, dict[str, Any]]) -> None:
    check(*odd)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_objects())
def test_ten_thousand_odd_objects_cost_themselves_alone(odd: tuple[str, dict[str, Any]]) -> None:
    check(*odd)
