"""Odd files: each costs itself alone and is named, all others load."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loads.test_app_events import EVENT, Loader, as_csv, as_jsonl, as_parquet

#: Names that DuckDB or the loader gives to columns of its own, in two ways of writing.
OWN_NAMES = [
    *("filename", "_line", "_source_file", "file_row_number", "file_name", "rowid", "__line__"),
    *("_dlt_load_id", "line", "members", "fields", "value_0", "c0", "is_good", "user_id__absent"),
    *("Filename", "_LINE", "File_Row_Number", "Event_ID", "file_index"),
]


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    yield Loader(tmp_path, monkeypatch)


def event(number: Any, **more: Any) -> dict[str, Any]:
    return {**EVENT, "event_id": f"e{number}", **more}


WRITERS = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}


@pytest.mark.parametrize("kind", WRITERS)
def test_names_of_the_loader_are_data_and_a_new_version_supersedes(
    loader: Loader, kind: str
) -> None:
    own = {name: f"v{n}" for n, name in enumerate(OWN_NAMES)}
    path = loader.events / f"k=v/f.{kind}"
    path.parent.mkdir()
    path.write_bytes(WRITERS[kind]([event(1, **own), event(2, **own), event("", event_id=None)]))
    (loader.events / f"plain.{kind}").write_bytes(WRITERS[kind]([event(3)]))
    assert loader.run() == 0, loader.output
    first = 2 if kind == "csv" else 1
    rows = loader.rows("select event_id, _source_file, _line, properties from events order by 1")
    assert [row[:3] for row in rows] == [
        ("e1", f"k=v/f.{kind}", first),
        ("e2", f"k=v/f.{kind}", first + 1),
        ("e3", f"plain.{kind}", first),
    ]
    assert [json.loads(row[3]) if row[3] else None for row in rows] == [own, own, None]
    assert [row[:2] for row in loader.quarantine()] == [(f"k=v/f.{kind}", first + 2)]
    path.write_bytes(WRITERS[kind]([event(2, **own), event(1, **own), event(4, **own)]))
    assert loader.run() == 0, loader.output
    newest = "select max(_dlt_load_id) from events"
    assert loader.rows(
        f"select event_id, _line from events where _dlt_load_id = ({newest}) order by 2"
    ) == [("e2", first), ("e1", first + 1), ("e4", first + 2)]


def test_names_twice_are_told_apart(loader: Loader) -> None:
    header = ",".join([*EVENT, "plan", "plan", "plan_2", "event_id", "", "Plan"])
    good = ",".join(EVENT.values())
    (loader.events / "t.csv").write_text(f"{header}\n{good},a,b,c,other,d,e\n")
    table = pa.table([pa.array([value]) for value in [*EVENT.values(), "a", "b"]],
                     names=[*EVENT, "plan", "plan"])  # fmt: skip
    pq.write_table(table, loader.events / "t.parquet")
    assert loader.run() == 0, loader.output
    rows = loader.rows("select event_id, properties from events order by _source_file")
    assert [row[0] for row in rows] == ["e1", "e1"], loader.quarantine()
    assert [json.loads(row[1]) for row in rows] == [
        {"plan": "a", "plan_3": "b", "plan_2": "c", "event_id_2": "other", "column_9": "d",
         "Plan": "e"},
        {"plan": "a", "plan_2": "b"},
    ]  # fmt: skip


def test_one_byte_that_is_no_text_costs_its_row(loader: Loader) -> None:
    lines = as_csv([event(n, plan="p") for n in range(5)]).splitlines(keepends=True)
    lines[3] = lines[3].replace(b"p\n", b"p\xff\n")
    (loader.events / "a.csv").write_bytes(b"".join(lines))
    (loader.events / "a.csv.gz").write_bytes(gzip.compress(b"".join(lines)))
    table = pa.Table.from_pylist([event(n, plan="p") for n in range(5)])
    broken = pa.array([b"p", b"\xff", b"p", b"p", b"p"]).view(pa.string())
    pq.write_table(table.set_column(4, "plan", broken), loader.events / "a.parquet")
    assert loader.run() == 0, loader.output
    assert [row[:3] for row in loader.quarantine()] == [
        ("a.csv", 4, None), ("a.csv.gz", 4, None), ("a.parquet", 2, None)
    ]  # fmt: skip
    assert loader.rows("select _source_file, count(*), list(_line order by _line) from events "
                       "group by 1 order by 1") == [
        ("a.csv", 4, [2, 3, 5, 6]), ("a.csv.gz", 4, [2, 3, 5, 6]), ("a.parquet", 4, [1, 3, 4, 5])
    ]  # fmt: skip


def test_csv_lines_cost_only_themselves(loader: Loader) -> None:
    header = ",".join([*EVENT, "note"])
    start = ",".join(EVENT.values())
    lines = [
        header,
        f'{start},"never closed',
        f"{start},good",
        "",
        f'{start},"two\nlines"',
        f'{start},a"b',
        f"{start},too,many",
        f'{start},"closed"twice',
        f"{start},nul \x00 inside",
        "\x00",
        f'{start},x"y,"z',
        f'{start}, "good"',
        f'"{start}',
        f"{start},last",
    ]
    (loader.events / "a.csv").write_text("\n".join(lines))
    assert loader.run() == 0, loader.output
    assert [row[1] for row in loader.quarantine()] == [2, 7, 8, 10, 11, 13]
    rows = loader.rows("select _line, properties from events order by 1")
    assert [(line, json.loads(text)["note"]) for line, text in rows] == [
        (3, "good"), (5, "two\nlines"), (6, 'a"b'), (9, "nul \x00 inside"), (12, "good"),
        (14, "last"),
    ]  # fmt: skip


def test_gzip_of_many_kinds(loader: Loader) -> None:
    one, two = (gzip.compress(as_jsonl([event(n)])) for n in (1, 2))
    table = gzip.compress(as_csv([event(1), event(2)]))
    files = {
        "members.jsonl.gz": one + two,
        "zeros.jsonl.gz": one + bytes(1000),
        "garbage.jsonl.gz": one + b"garbage" * 100,
        "zeros.csv.gz": table + bytes(1000),
        "garbage.csv.gz": table + b"garbage" * 100,
        "cut.csv.gz": gzip.compress(as_csv([event(n) for n in range(9999)]))[:-3000],
        "none.csv.gz": as_csv([event(1)]),
        "none.jsonl.gz": as_jsonl([event(1)]),
        "header.csv.gz": table[:20],
    }
    for name, data in files.items():
        (loader.events / name).write_bytes(data)
    assert loader.run() == 0, loader.output
    found = dict(loader.rows("select _source_file, count(*) from events group by 1"))
    assert found.pop("cut.csv.gz") > 1000
    assert found == {"members.jsonl.gz": 2, "zeros.jsonl.gz": 1, "garbage.jsonl.gz": 1,
                     "zeros.csv.gz": 2, "garbage.csv.gz": 2}  # fmt: skip
    assert {row[0] for row in loader.quarantine()} == files.keys() - {
        "members.jsonl.gz", "zeros.jsonl.gz", "zeros.csv.gz"
    }  # fmt: skip


def test_odd_names_links_and_places(loader: Loader) -> None:
    root = loader.events
    for name in ("new\nline.jsonl", "[x]*?.jsonl", "d.jsonl/in.jsonl", "{a,b}.csv", "[/b].parquet"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(WRITERS[name.rpartition(".")[2]]([event(1)]))
    (root / os.fsdecode(b"caf\xe9.jsonl")).write_bytes(as_jsonl([event(1)]))
    (root / "d.jsonl" / "loop").symlink_to(root)
    (root / "self.jsonl").symlink_to(root / "self.jsonl")
    (root / "nowhere.jsonl").symlink_to(root / "missing")
    os.mkfifo(root / "pipe.jsonl")
    outside = loader.warehouse.parent / "outside"
    outside.mkdir()
    (outside / "o.jsonl").write_bytes(as_jsonl([event(1)]))
    (root / "link").symlink_to(outside)
    (root / "secret.jsonl").symlink_to(outside / "o.jsonl")
    (root / "same.jsonl").symlink_to(root / "d.jsonl" / "in.jsonl")
    for _ in range(2):
        assert loader.run() == 0, loader.output
        for name in ("d.jsonl/loop/", "self.jsonl", "nowhere.jsonl", "pipe.jsonl"):
            assert name in loader.output
        for name in ("link", "secret.jsonl"):
            assert f"{name} is a link that leads out of the folder" in loader.output
        assert sorted(row[0] for row in loader.rows("select _source_file from events")) == [
            "[/b].parquet", "[x]*?.jsonl", "d.jsonl/in.jsonl", "new\nline.jsonl", "same.jsonl",
            "{a,b}.csv",
        ]  # fmt: skip
        assert [row[::3] for row in loader.quarantine()] == [
            ("caf\\xe9.jsonl",
             "the file could not be read: its name is not UTF-8 text; rename it")
        ]  # fmt: skip
    reason = loader.rows("select distinct reason from sync_endpoints")[0][0]
    assert "d.jsonl/loop/" in reason


@pytest.mark.parametrize("error", [PermissionError, FileNotFoundError])
def test_files_that_cannot_be_opened_are_named_and_tried_again(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    for kind, write in WRITERS.items():
        for name in ("good", "closed"):
            (loader.events / f"{name}.{kind}").write_bytes(write([event(1)]))
    real = Path.open

    def guarded(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name.startswith("closed."):
            raise error(13, "no")
        return real(path, *args, **kwargs)

    with monkeypatch.context() as closed:
        closed.setattr(Path, "open", guarded)
        assert loader.run() == 0, loader.output
        assert all(f"closed.{kind} could not be read" in loader.output for kind in WRITERS)
        assert loader.rows("select count(*) from events") == [(3,)]
        assert loader.quarantine() == []
        assert loader.run() == 1
    assert loader.run() == 0
    assert loader.rows("select count(*) from events") == [(6,)]


def test_bombs_and_lines_without_an_end(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.app_events.lines.MOST_UNPACKED_BYTES", 5 * 2**20)
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=9) as stream:
        stream.write(as_csv([event(1)]))
        for _ in range(20):
            stream.write(b"\n" * 2**20)
    (loader.events / "bomb.csv.gz").write_bytes(bomb.getvalue())
    (loader.events / "bomb.jsonl.gz").write_bytes(bomb.getvalue())
    (loader.events / "long.jsonl").write_bytes(as_jsonl([event(1)]) + b"x" * 100 * 2**20)
    (loader.events / "long.csv").write_bytes(as_csv([event(1)]) + b"x" * 100 * 2**20)
    tracemalloc.start()
    try:
        assert loader.run() == 0, loader.output
        assert tracemalloc.get_traced_memory()[1] < 300 * 2**20
    finally:
        tracemalloc.stop()
    assert {row[0] for row in loader.quarantine()} == {
        "bomb.csv.gz", "bomb.jsonl.gz", "long.csv", "long.jsonl"
    }  # fmt: skip
    assert loader.rows("select _source_file from events order by 1") == [
        ("bomb.csv.gz",), ("long.csv",), ("long.jsonl",)
    ]  # fmt: skip
