"""App events through the runner: every format and fault against exact rows of the warehouse."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from pipelines.console import Reporter
from pipelines.run import run
from pipelines.sources.app_events.columns import cast_column
from pipelines.sources.app_events.schemas import EVENTS_SCHEMA

EVENT = {
    "event_id": "e1",
    "event_type": "llm_request",
    "occurred_at": "2026-01-02T03:04:05Z",
    "customer_id": "cus_1",
}
MOMENT = datetime(2026, 1, 2, 3, 4, 5)


class Loader:
    """A folder of event files and a warehouse."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events = folder / "events"
        self.events.mkdir()
        self.warehouse = folder / "warehouse.duckdb"
        self.output = ""
        monkeypatch.setenv("WAREHOUSE_PATH", str(self.warehouse))
        monkeypatch.setenv("SOURCES__APP_EVENTS__BUCKET_URL", str(self.events))
        monkeypatch.setenv("AS_OF", "2026-11-15T12:00:00Z")

    def run(self, *, full_refresh: bool = False) -> int:
        stream = io.StringIO()
        console = Console(file=stream, width=200)
        code = run(["app_events"], full_refresh=full_refresh, reporter=Reporter(console, console))
        self.output = stream.getvalue()
        return code

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("use raw_app_events")
            return connection.execute(sql).fetchall()

    def write_lines(self, name: str, *items: Any) -> Path:
        lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
        path = self.events / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return path

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.rows("select file, line, field, reason from quarantine order by file, line")


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    yield Loader(tmp_path, monkeypatch)


FULL_EVENT = {
    **EVENT,
    "user_id": "u1",
    "feature": "chat",
    "service": "api",
    "endpoint": "/v1/chat",
    "status_code": 200,
    "response_time_ms": 12.345,
    "quantity": 2.5,
    "provider": "openai",
    "model": "gpt-5",
    "service_tier": "flex",
    "is_batch": True,
    "input_tokens": 9007199254740993,
    "cached_input_tokens": 3,
    "cache_write_tokens": 0,
    "output_tokens": 5,
    "project_id": "proj_1",
    "api_key_id": "key_1",
    "request_id": "req_1",
    "cache_hit": False,
    "acquisition_channel": "ads",
}
FULL_ROW = (
    *("e1", "llm_request", MOMENT, "cus_1", "u1", "chat", "api", "/v1/chat", 200),
    *(Decimal("12.345"), Decimal("2.5"), "openai", "gpt-5", "flex", True),
    *(9007199254740993, 3, 0, 5, "proj_1", "key_1", "req_1", False, "ads"),
)


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0])]
    lines += [",".join("" if v is None else str(v) for v in row.values()) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


FORMATS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "a.jsonl": as_jsonl,
    "b.jsonl.gz": lambda rows: gzip.compress(as_jsonl(rows)),
    "c.ndjson": as_jsonl,
    "d.csv": as_csv,
    "e.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "f.parquet": as_parquet,
    "with bom.jsonl": lambda rows: b"\xef\xbb\xbf" + as_jsonl(rows),
    "with bom.csv": lambda rows: b"\xef\xbb\xbf" + as_csv(rows),
    "crlf.jsonl": lambda rows: as_jsonl(rows).replace(b"\n", b"\r\n"),
    "crlf.csv": lambda rows: as_csv(rows).replace(b"\n", b"\r\n"),
    "no newline at end.jsonl": lambda rows: as_jsonl(rows).rstrip(),
    "name [1]*.parquet": as_parquet,
    "it's.jsonl": as_jsonl,
}


def test_every_format_gives_the_same_exact_row(loader: Loader) -> None:
    for name, write in FORMATS.items():
        (loader.events / name).write_bytes(write([FULL_EVENT]))
    assert loader.run() == 0, loader.output
    columns = ", ".join(EVENTS_SCHEMA.names[:24])
    rows = loader.rows(f"select _source_file, {columns}, properties, _line from events")
    lines = {name: 2 if ".csv" in name or name.endswith("bom.csv") else 1 for name in FORMATS}
    assert sorted(rows) == sorted((name, *FULL_ROW, None, lines[name]) for name in FORMATS)
    assert loader.rows("select sum(rows_loaded), sum(rows_quarantined) from event_files") == [
        (len(FORMATS), 0)
    ]
    types = dict(loader.rows("select column_name, data_type from duckdb_columns() "
                             "where table_name = 'events'"))  # fmt: skip
    assert types["occurred_at"] == "TIMESTAMP"
    assert types["quantity"] == "DECIMAL(38,9)"
    assert types["response_time_ms"] == "DECIMAL(18,3)"


TIMES = {
    "2026-01-02T03:04:05Z": MOMENT,
    "2026-01-02T03:04:05.123456Z": MOMENT.replace(microsecond=123456),
    "2026-01-02 05:04:05+02:00": MOMENT,
    "2026-01-02T08:34:05.5+0530": MOMENT.replace(microsecond=500000),
    "2026-01-02t03:04:05z": MOMENT,
    "2026-01-02T03:04Z": MOMENT.replace(second=0),
    1767323045: MOMENT,
    "1767323045": MOMENT,
    1767323045.25: MOMENT.replace(microsecond=250000),
    1767323045123: MOMENT.replace(microsecond=123000),
    1767323045123456: MOMENT.replace(microsecond=123456),
    1767323045123456789: MOMENT.replace(microsecond=123456),
}


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_times(loader: Loader, name: str) -> None:
    rows = [{**EVENT, "event_id": f"e{i}", "occurred_at": t} for i, t in enumerate(TIMES)]
    (loader.events / name).write_bytes((as_csv if name.endswith("csv") else as_jsonl)(rows))
    assert loader.run() == 0
    assert loader.rows("select event_id, occurred_at from events order by _line") == [
        (f"e{i}", moment) for i, moment in enumerate(TIMES.values())
    ], loader.quarantine()


BAD_TIMES = [
    ("2026-01-02T03:04:05", "has no time zone"),
    ("2026-01-02", "has no time zone"),
    ("0000-00-00T00:00:00Z", "is not an ISO 8601 time with zone"),
    ("2026-02-30T00:00:00Z", "is not an ISO 8601 time"),
    ("yesterday", "is not an ISO 8601 time"),
    ("2026-01-02T 3:04:05Z", "is not an ISO 8601 time"),
    ("2026-01-02T03:04:0.Z", "is not an ISO 8601 time"),
    ("2026-01-02T03:04:05.Z", "is not an ISO 8601 time"),
    ("infinity", "is not an ISO 8601 time"),
    ("9999-01-01T00:00:00Z", "between 1970 and 2099"),
    (0, "between 1970 and 2099"),
    ("0", "between 1970 and 2099"),
    ("1970-01-01T00:00:00Z", "between 1970 and 2099"),
    (-5, "is not an ISO 8601 time"),
    (2**70, "is not an ISO 8601 time"),
    (True, "is not an ISO 8601 time"),
    ("", "is missing"),
    (None, "is missing"),
]


def test_times_that_are_none(loader: Loader) -> None:
    loader.write_lines("t.jsonl", *({**EVENT, "occurred_at": time} for time, _ in BAD_TIMES))
    assert loader.run() == 0
    found = loader.quarantine()
    assert [row[:3] for row in found] == [
        ("t.jsonl", line, "occurred_at") for line in range(1, len(BAD_TIMES) + 1)
    ]
    for (_, expected), (_, _, _, reason) in zip(BAD_TIMES, found, strict=True):
        assert reason.startswith("occurred_at: ")
        assert expected in reason


NUMBERS: list[tuple[str, Any, Any]] = [
    ("input_tokens", "12", 12),
    ("input_tokens", 12.0, 12),
    ("input_tokens", "12.000", 12),
    ("input_tokens", 1e3, 1000),
    ("input_tokens", 2**63 - 1, 2**63 - 1),
    ("status_code", -1, -1),
    ("quantity", "12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
    ("quantity", 0.1 + 0.2, Decimal("0.3")),
    ("quantity", 12345678.12, Decimal("12345678.12")),
    ("quantity", 1e-7, Decimal("0.0000001")),
    ("response_time_ms", "0.0005", Decimal("0.001")),
    ("is_batch", "true", True),
    ("is_batch", 0, False),
    ("endpoint", 42, "42"),
    ("endpoint", {"a": [1, "x"]}, '{"a":[1,"x"]}'),
    ("endpoint", "", None),
    ("user_id", "", None),
    ("endpoint", " ", " "),
    ("endpoint", 'zoë \u2028 😀 \\ " \n', 'zoë \u2028 😀 \\ " \n'),
]


def test_values_that_can_be_read_exactly(loader: Loader) -> None:
    loader.write_lines("v.jsonl", *({**EVENT, name: value} for name, value, _ in NUMBERS))
    assert loader.run() == 0
    assert loader.rows("select count(*) from events") == [(len(NUMBERS),)], loader.quarantine()
    for line, (name, _, expected) in enumerate(NUMBERS, 1):
        assert loader.rows(f"select {name} from events where _line = {line}") == [(expected,)]


BAD_VALUES = [
    ("input_tokens", "1.5"),
    ("input_tokens", "1180591620717411303424"),
    ("input_tokens", "NaN"),
    ("input_tokens", '"abc"'),
    ("input_tokens", '""'),
    ("input_tokens", '"1_000"'),
    ("input_tokens", '"0x1F"'),
    ("input_tokens", "-1"),
    ("input_tokens", "true"),
    ("input_tokens", "[1]"),
    ("status_code", "200.5"),
    ("quantity", '"nan"'),
    ("quantity", "NaN"),
    ("quantity", '"1,000"'),
    ("quantity", "1e40"),
    ("quantity", "12345678.123456789123"),
    ("response_time_ms", "1e16"),
    ("is_batch", "2"),
    ("is_batch", '"maybe"'),
]


def test_values_that_cannot_go_to_quarantine(loader: Loader) -> None:
    good = json.dumps(EVENT)
    lines = [good[:-1] + f', "{name}": {value}}}' for name, value in BAD_VALUES]
    loader.write_lines("v.jsonl", *lines, good)
    assert loader.run() == 0
    found = loader.rows(
        "select line, source_table, field, raw, record_id, reason from quarantine order by line"
    )
    assert [row[:5] for row in found] == [
        (line, "events", name, text, "e1")
        for line, ((name, _), text) in enumerate(zip(BAD_VALUES, lines, strict=True), 1)
    ]
    assert all(row[5].startswith(f"{row[2]}: ") for row in found)
    assert loader.rows("select _line from events") == [(len(BAD_VALUES) + 1,)]


@pytest.mark.parametrize("field", ["event_id", "event_type", "occurred_at", "customer_id"])
def test_required_fields(loader: Loader, field: str) -> None:
    without = {key: value for key, value in EVENT.items() if key != field}
    loader.write_lines("r.jsonl", without, {**EVENT, field: None}, {**EVENT, field: ""}, EVENT)
    (loader.events / "r.csv").write_bytes(as_csv([{**EVENT, field: None}, EVENT]))
    (loader.events / "r.parquet").write_bytes(as_parquet([{**EVENT, field: None}, EVENT]))
    (loader.events / "without.csv").write_bytes(as_csv([without]))
    (loader.events / "without.parquet").write_bytes(as_parquet([without]))
    assert loader.run() == 0
    missing = f"{field}: is missing"
    nowhere = f"the file could not be read: the file has no column {field}"
    assert loader.quarantine() == [
        ("r.csv", 2, field, missing),
        *(("r.jsonl", line, field, missing) for line in (1, 2, 3)),
        ("r.parquet", 1, field, missing),
        ("without.csv", None, None, nowhere),
        ("without.parquet", None, None, nowhere),
    ]
    assert loader.rows("select _source_file, _line from events order by 1") == [
        ("r.csv", 3), ("r.jsonl", 4), ("r.parquet", 2)
    ]  # fmt: skip


def test_lines_that_are_no_events(loader: Loader) -> None:
    path = loader.events / "broken.jsonl"
    good = json.dumps(EVENT).encode()
    path.write_bytes(
        b"\n".join(
            [good, b'{"event_id": "e2", "eve', b"", b"   \t", b"[1, 2]", b'"text"', b"null",
             b'{"event_id": "\xff\xfe"}', b'{"event_id": "a\x01b\x00"}', good + b" trailing",
             b"x" * 5000, b"\r", good]
        )
    )  # fmt: skip
    assert loader.run() == 0
    invalid, no_object = "the line is not valid JSON", "the line is not a JSON object"
    assert [(row[1], row[3]) for row in loader.quarantine()] == [
        (2, invalid), (5, no_object), (6, no_object), (7, no_object),
        (8, invalid), (9, invalid), (10, invalid), (11, invalid),
    ]  # fmt: skip
    assert loader.rows("select raw from quarantine where line in (2, 11) order by line") == [
        ('{"event_id": "e2", "eve',), ("x" * 1000,)
    ]  # fmt: skip
    assert loader.rows("select _line from events order by 1") == [(1,), (13,)]
    assert loader.rows("select rows_loaded, rows_quarantined from event_files") == [(2, 8)]


def test_a_line_longer_than_any_event(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.app_events.lines.MAX_LINE_BYTES", 3_000_000)
    long = '{"event_id": "' + "y" * 9_000_000 + '"}'
    loader.write_lines("long.jsonl", EVENT, long, EVENT)
    assert loader.run() == 0
    assert loader.rows("select line, raw from quarantine") == [(2, long[:1000])]
    assert loader.rows("select _line from events order by 1") == [(1,), (3,)]


PROPERTIES: list[tuple[dict[str, Any], Any]] = [
    ({}, None),
    ({"user_id": None}, None),
    ({"n": 5, "nested": {"a": [1, None]}}, {"n": 5, "nested": {"a": [1, None]}}),
    ({"empty": None}, None),
    ({"empty": None, "y": 2, "list": [None]}, {"y": 2, "list": [None]}),
    ({"empty": None, "nested": {"a": None}}, {"nested": {"a": None}}),
    ({"text": '"x":null'}, {"text": '"x":null'}),
    ({"text": "a:null: :b", "endpoint": "x:null,y:1"}, {"text": "a:null: :b"}),
    ({"properties": {"x": 1}}, {"x": 1}),
    ({"properties": {"x": 1}, "y": 2}, {"x": 1, "y": 2}),
    ({"properties": "{\"x\": 1}", "y": 2}, {"x": 1, "y": 2}),
    ({"properties": {}}, None),
    ({"properties": "text", "y": 2}, {"properties": "text", "y": 2}),
    ({"it's \"quoted\"": "a:b"}, {"it's \"quoted\"": "a:b"}),
]  # fmt: skip


def test_properties_of_json(loader: Loader) -> None:
    loader.write_lines("p.jsonl", *({**EVENT, **extra} for extra, _ in PROPERTIES))
    assert loader.run() == 0
    found = loader.rows("select properties from events order by _line")
    assert [json.loads(row[0]) if row[0] else None for row in found] == [
        expected for _, expected in PROPERTIES
    ]


EXACT = [
    '"n": 0.1234567890123456789',
    '"n": 12345678901234567890123.5',
    '"n": 1180591620717411303424',
    '"n": 9007199254740993',
    '"n": -1e-400',
    '"n": {"deep": [1.00000000000000000001]}',
]


@pytest.mark.parametrize("template", ["{{{0}, {1}}}", "{{{0},{1}}}", "{{{1} , {0}}}"])
def test_numbers_in_properties_keep_all_their_digits(loader: Loader, template: str) -> None:
    event = json.dumps(EVENT)[1:-1]
    loader.write_lines("p.jsonl", *(template.format(event, extra) for extra in EXACT))
    assert loader.run() == 0
    found = [row[0] for row in loader.rows("select properties from events order by _line")]
    expected = [{name: str(number) for name, number in _texts(extra).items()} for extra in EXACT]
    assert [{name: str(number) for name, number in _texts(one[1:-1]).items()} for one in found] == (
        expected
    )


def _texts(members: str) -> dict[str, Any]:
    """Members of a JSON object, numbers as they are written."""
    return json.loads(f"{{{members}}}", parse_float=Decimal)


def test_properties_of_columns(loader: Loader) -> None:
    extras = [
        {"plan": "pro", "n": 5, "tags": ["a"], "properties": None},
        {"plan": None, "n": None, "tags": None, "properties": '{"x": 1}'},
        {"plan": None, "n": None, "tags": None, "properties": None},
        {"plan": "p", "n": None, "tags": None, "properties": "text"},
    ]
    (loader.events / "p.parquet").write_bytes(as_parquet([{**EVENT, **row} for row in extras]))
    (loader.events / "p.csv").write_bytes(
        as_csv([{**EVENT, "plan": "pro", "": "x", "n": ""}, {**EVENT, "plan": "", "": "", "n": ""}])
    )
    assert loader.run() == 0
    found = loader.rows("select properties from events order by _source_file, _line")
    assert [json.loads(row[0]) if row[0] else None for row in found] == [
        {"plan": "pro", "column_6": "x"}, None,
        {"plan": "pro", "n": 5, "tags": ["a"]}, {"x": 1}, None, {"plan": "p", "properties": "text"},
    ]  # fmt: skip


def test_parquet_types(loader: Loader) -> None:
    table = pa.table(
        {
            "event_id": pa.array([1, 2, 3], pa.int32()),
            "event_type": pa.array(["a", "b", "c"]).dictionary_encode(),
            "occurred_at": pa.array([MOMENT.replace(tzinfo=UTC)] * 3, pa.timestamp("ns", "UTC")),
            "customer_id": pa.array([b"x", b"y", b"z"], pa.binary()),
            "status_code": pa.array([200.0, 1.5, None], pa.float64()),
            "quantity": pa.array([0.1, float("nan"), 3.0], pa.float64()),
            "input_tokens": pa.array([2**63, 5, 6], pa.uint64()),
            "is_batch": pa.array([1, 0, 1], pa.int8()),
        }
    )
    pq.write_table(table, loader.events / "typed.parquet")
    naive = table.set_column(2, "occurred_at", pa.array([MOMENT] * 3, pa.timestamp("ms")))
    pq.write_table(naive.drop(["quantity", "input_tokens"]), loader.events / "naive.parquet")
    assert loader.run() == 0
    assert loader.quarantine() == [
        ("naive.parquet", 2, "status_code", "status_code: 1.5 is not a whole number of 64 bits"),
        ("typed.parquet", 1, "input_tokens", "input_tokens: 9223372036854775808 is not a whole "
         "number of 64 bits, zero or more"),
        ("typed.parquet", 2, "status_code", "status_code: 1.5 is not a whole number of 64 bits"),
    ]  # fmt: skip
    columns = "event_id, event_type, occurred_at, customer_id, status_code, quantity, is_batch"
    assert loader.rows(f"select {columns} from events order by _source_file, _line") == [
        ("1", "a", MOMENT, "x", 200, None, True),
        ("3", "c", MOMENT, "z", None, None, True),
        ("3", "c", MOMENT, "z", None, Decimal(3), True),
    ]


def test_broken_csv_rows(loader: Loader) -> None:
    header = ",".join(EVENT)
    good = ",".join(EVENT.values())
    lines = [header, good, good + ",more", good, "e5", good, '"' + good, ""]
    (loader.events / "broken.csv").write_text("\n".join(lines))
    (loader.events / "semicolon.csv").write_text(f"{header}\n{good}\n".replace(",", ";"))
    quoted = '"e""1",llm_request,2026-01-02T03:04:05Z,"cus, 1"'
    (loader.events / "quoted.csv").write_text(f"{header}\n{quoted}\n")
    assert loader.run() == 0
    assert [row[:3] for row in loader.quarantine()] == [
        ("broken.csv", 3, None), ("broken.csv", 5, None), ("broken.csv", 7, None)
    ]  # fmt: skip
    assert loader.rows("select _source_file, _line, event_id, customer_id from events "
                       "order by 1, 2") == [
        ("broken.csv", 2, "e1", "cus_1"), ("broken.csv", 4, "e1", "cus_1"),
        ("broken.csv", 6, "e1", "cus_1"), ("quoted.csv", 2, 'e"1', "cus, 1"),
        ("semicolon.csv", 2, "e1", "cus_1"),
    ]  # fmt: skip


def test_empty_files_are_no_error(loader: Loader) -> None:
    for name in ("a.jsonl", "b.csv", "c.parquet", "d.jsonl.gz"):
        (loader.events / name).touch()
    (loader.events / "e.jsonl.gz").write_bytes(gzip.compress(b""))
    (loader.events / "f.csv").write_text(",".join(EVENT) + "\n")
    (loader.events / "g.parquet").write_bytes(as_parquet([EVENT])[:0])
    assert loader.run() == 0, loader.output
    assert loader.rows("select count(*) from event_files") == [(7,)]
    assert loader.rows("select count(*) from events") == [(0,)]


def test_unreadable_files_are_said_and_tried_again_when_they_change(loader: Loader) -> None:
    whole = gzip.compress(as_jsonl([{**EVENT, "event_id": f"e{i}"} for i in range(5000)]))
    (loader.events / "cut.jsonl.gz").write_bytes(whole[:-2000])
    (loader.events / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    (loader.events / "bad.csv.gz").write_bytes(b"no gzip")
    loader.write_lines("good.jsonl", EVENT)
    assert loader.run() == 0
    assert [row[:3] for row in loader.quarantine() if "could not be read" in row[3]] == [
        ("bad.csv.gz", None, None), ("bad.parquet", None, None), ("cut.jsonl.gz", None, None)
    ]  # fmt: skip
    assert loader.output.count("could not be read") == 3
    assert loader.run() == 0
    assert loader.rows("select count(*) from event_files") == [(4,)]
    (loader.events / "cut.jsonl.gz").write_bytes(whole)
    assert loader.run() == 0
    assert loader.rows(
        "select count(distinct event_id) from events where _source_file = 'cut.jsonl.gz'"
    ) == [(5000,)]
    assert loader.rows("select count(*) from event_files") == [(5,)]


def test_each_file_once_even_when_local_state_is_lost(loader: Loader) -> None:
    import shutil

    first = loader.write_lines("2026/01/a.jsonl", EVENT)
    assert loader.run() == 0
    loader.write_lines("2026/01/b.jsonl", {**EVENT, "event_id": "e2"})
    assert loader.run() == 0
    shutil.rmtree(loader.warehouse.parent / ".warehouse_pipelines")
    assert loader.run() == 0
    names = "select _source_file, event_id from events order by _dlt_load_id, event_id"
    expected = [("2026/01/a.jsonl", "e1"), ("2026/01/b.jsonl", "e2")]
    assert loader.rows(names) == expected
    first.write_text(first.read_text() + json.dumps({**EVENT, "event_id": "e3"}) + "\n")
    assert loader.run() == 0
    expected += [("2026/01/a.jsonl", "e1"), ("2026/01/a.jsonl", "e3")]
    assert loader.rows(names) == expected
    os.utime(first, (1, 1))
    assert loader.run() == 0
    assert loader.rows("select count(*) from events") == [(6,)]
    assert loader.run(full_refresh=True) == 0
    assert loader.rows("select count(*) from events") == [(9,)]
    assert loader.rows("select distinct mode from syncs order by 1") == [
        ("full",),
        ("incremental",),
    ]


def test_what_is_no_event_file_is_left_out_and_said(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.write_lines("x/a.jsonl", EVENT)
    loader.write_lines("y/b.jsonl", EVENT)
    for name in (
        ".hidden.jsonl",
        ".dir/c.jsonl",
        "d.jsonl.tmp",
        "e.part",
        "README",
        "f.parquet.gz",
    ):
        loader.write_lines(name, EVENT)
    assert loader.run() == 0
    assert loader.rows("select file from event_files order by 1") == [
        ("x/a.jsonl",), ("y/b.jsonl",)
    ]  # fmt: skip
    assert "left out 6 files that are no events: 1 .gz, 1 .part, 1 .tmp, 2 hidden, 1 without" in (
        loader.output
    )
    loader.write_lines("x/deep/c.jsonl", EVENT)
    loader.write_lines("y/d.jsonl", EVENT)
    monkeypatch.setenv("SOURCES__APP_EVENTS__FILE_GLOB", "x/**/*.jsonl")
    assert loader.run() == 0
    assert loader.rows("select count(*) from event_files where file = 'x/deep/c.jsonl'") == [(1,)]
    assert loader.rows("select count(*) from event_files where file = 'y/d.jsonl'") == [(0,)]


def test_file_url_and_object_store(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    loader.write_lines("a.jsonl", EVENT)
    monkeypatch.setenv("SOURCES__APP_EVENTS__BUCKET_URL", loader.events.as_uri())
    assert loader.run() == 0
    store = fsspec.filesystem("memory")
    store.pipe({f"/bucket/{name}": write([FULL_EVENT]) for name, write in FORMATS.items()
                if "*" not in name})  # fmt: skip
    try:
        monkeypatch.setenv("SOURCES__APP_EVENTS__BUCKET_URL", "memory://bucket")
        assert loader.run() == 0, loader.output
        assert loader.run() == 0
    finally:
        store.rm("/bucket", recursive=True)
    assert loader.rows("select count(*) from events") == [(len(FORMATS),)]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("missing_folder", "is not a folder"),
        ("gs://bucket/events", "pip install gcsfs"),
        ("s3://bucket/events", "CREDENTIALS__AWS_ACCESS_KEY_ID"),
        ("memory://nowhere", "nothing is found"),
        ("nonsense://bucket", "nonsense"),
    ],
)
def test_wrong_addresses_name_the_setting(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("SOURCES__APP_EVENTS__BUCKET_URL", url)
    assert loader.run() == 1
    assert "SOURCES__APP_EVENTS__BUCKET_URL" in loader.output
    assert words in loader.output


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv"])
def test_hundreds_of_small_files(loader: Loader, suffix: str) -> None:
    write = {".jsonl": as_jsonl, ".parquet": as_parquet, ".csv": as_csv}[suffix]
    for number in range(200):
        rows = [{**EVENT, "event_id": f"{number}_{row}"} for row in range(3)]
        if number == 150:
            rows[1]["occurred_at"] = "never"
        (loader.events / f"{number:04}{suffix}").write_bytes(write(rows))
    assert loader.run() == 0
    first = 2 if suffix == ".csv" else 1
    assert loader.rows(
        "select count(*), count(distinct event_id), min(_line), max(_line) from events"
    ) == [(599, 599, first, first + 2)]
    assert loader.rows(
        f"select count(*) from events where cast(_source_file[:4] as integer) "
        f"<> cast(split_part(event_id, '_', 1) as integer) "
        f"or _line <> cast(split_part(event_id, '_', 2) as integer) + {first}"
    ) == [(0,)]
    assert [row[:3] for row in loader.quarantine()] == [(f"0150{suffix}", first + 1, "occurred_at")]


def test_bytes_of_blocks_do_not_matter(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.app_events.lines.BLOCK_BYTES", 97)
    events = [{**EVENT, "event_id": f"e{i}", "feature": "ü" * (i % 50)} for i in range(5000)]
    (loader.events / "a.jsonl").write_bytes(as_jsonl(events))
    assert loader.run() == 0
    assert loader.rows("select event_id, feature, _line from events order by _line") == [
        (f"e{i}", "ü" * (i % 50) or None, i + 1) for i in range(5000)
    ]


def test_no_file_is_left_behind(loader: Loader) -> None:
    loader.write_lines("a.jsonl", EVENT, "broken")
    assert loader.run() == 0
    left = (loader.warehouse.parent / ".warehouse_pipelines").rglob("*")
    assert [path for path in left if path.suffix in (".parquet", ".jsonl")] == []


def test_want_of_memory_is_not_taken_for_a_broken_file(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [{**EVENT, "event_id": f"e{i}", "feature": str(i) * 40} for i in range(30_000)]
    (loader.events / "a.jsonl").write_bytes(as_jsonl(events))
    with monkeypatch.context() as little:
        little.setattr("pipelines.warehouses.base.MEMORY_LIMIT", "8MB")
        assert loader.run() == 1
    assert "ran out of memory" in loader.output
    assert loader.run() == 0
    assert loader.rows("select count(*) from events") == [(30_000,)]


KILLED_RUN = """
import os, signal, sys, threading, time
from pipelines.console import Reporter
from pipelines.run import run
threading.Thread(
    target=lambda: (time.sleep(float(sys.argv[1])), os.kill(os.getpid(), signal.SIGKILL)),
    daemon=True,
).start()
sys.exit(run(["app_events"], full_refresh=False, reporter=Reporter()))
"""


@pytest.mark.faults
def test_killed_at_any_time_nothing_is_lost_or_doubled(loader: Loader) -> None:
    environment = {**os.environ, "SOURCES__APP_EVENTS__BUCKET_URL": str(loader.events)}
    for number in range(40):
        rows = [{**EVENT, "event_id": f"{number}_{row}"} for row in range(2_000)]
        (loader.events / f"{number:02}.jsonl").write_bytes(as_jsonl([*rows, {"event_id": "bad"}]))
        delay = 0.1 + number * 0.05
        subprocess.run(
            [sys.executable, "-c", KILLED_RUN, str(delay)],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
    assert loader.run() == 0, loader.output
    trusted = "_dlt_load_id in (select load_id from _dlt_loads where status = 0)"
    assert loader.rows(
        f"select count(*), count(distinct (_source_file, _line)) from events where {trusted}"
    ) == [(80_000, 80_000)]
    assert loader.rows(f"select count(*) from quarantine where {trusted}") == [(40,)]
    assert loader.rows(f"select count(*) from event_files where {trusted}") == [(40,)]


def test_casts_of_a_missing_column_are_null() -> None:
    cast = cast_column("input_tokens", None, "")
    assert duckdb.sql(f"select {cast.typed} is null and {cast.is_good}").fetchone() == (True,)
