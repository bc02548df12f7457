"""kill -9 at every step of a load: nothing lost, nothing doubled, the next run clean."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.run import _is_lasting
from pipelines.sources.stripe.endpoints import PAGE_SIZE
from support.kills import chance, kills
from support.loads import Loads, loads, more
from support.openai_server import Organisation
from support.openai_server import serve as serve_openai
from support.stripe_server import StripeLists
from support.stripe_server import serve as serve_stripe
from support.world import DAYS, World

__all__ = ["loads"]

#: A load of the named sources that kills its process at a step of the last one.
KILLED_AT = """
import sys
from dlt.normalize.normalize import Normalize
from dlt.load.load import Load
from pipelines.sources.app_events.reader import EventReader
from pipelines.loading.context import RunContext
from pipelines.console import Reporter
from pipelines.run import run
from pipelines.warehouses.duckdb_file import LoadOnceJob, WarehouseClient
from support.dying import die, then_die

step, *names = sys.argv[1:]
{
    "in extract": lambda: setattr(RunContext, "run_records", die),
    "after extract": lambda: setattr(Normalize, "run", die),
    "in normalise": lambda: then_die(Normalize, "spool_files"),
    "after normalise": lambda: setattr(Load, "run", die),
    "before the first job": lambda: setattr(WarehouseClient, "create_load_job", die),
    "a job committed and not noted": lambda: then_die(LoadOnceJob, "run", 2),
    "a batch of files committed": lambda: then_die(EventReader, "load_lines"),
    "all jobs done": lambda: setattr(WarehouseClient, "complete_load", die),
    "load noted, package not moved": lambda: then_die(WarehouseClient, "complete_load"),
}[step]()
run(names, full_refresh=False, reporter=Reporter())
"""

STEPS = ["a job committed and not noted"]
#: Tried by `make test-faults`.
MORE_STEPS = [
    "in extract",
    "in normalise",
    "before the first job",
    "all jobs done",
    "load noted, package not moved",
]


@pytest.fixture
def world(loads: Loads) -> Iterator[World]:
    openai = Organisation(today=DAYS[-1])
    with serve_stripe(StripeLists({})) as stripe, serve_openai(openai):
        made = World(loads.folder, stripe, openai)
        loads.settings |= made.settings()
        yield made


#: Size of a world -> what an undisturbed run loads from it.
CLEAN: dict[int, dict[str, list[tuple[Any, ...]]]] = {}


def clean_contents(loads: Loads, world: World) -> dict[str, list[tuple[Any, ...]]]:
    """What one undisturbed run loads from the same world into a new warehouse."""
    if world.size not in CLEAN:
        other = Loads(loads.folder / "clean", loads.monkeypatch, loads.settings)
        other.folder.mkdir()
        other.load()
        CLEAN[world.size] = other.contents()
    return CLEAN[world.size]


@pytest.mark.parametrize(
    ("step", "source"),
    [
        *((step, "stripe") for step in STEPS),
        *(more(step, "stripe") for step in MORE_STEPS),
        more("before the first job", "app_events"),
        ("a batch of files committed", "app_events"),
    ],
)
def test_a_load_killed_at_any_step_is_finished_by_the_next_run(
    loads: Loads, world: World, step: str, source: str
) -> None:
    loads.killed(KILLED_AT, step, source)
    world.grow()  # the same command then loads what came since
    loads.load()
    assert loads.contents() == clean_contents(loads, world)
    loads.check_records()
    before = loads.contents()
    loads.load()
    assert loads.contents() == before
    loads.check_records()


def test_files_of_a_killed_load_are_not_read_again(
    loads: Loads, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__APP_EVENTS__FILE_GLOB", "*")
    script = (
        f"from pipelines.sources.app_events import loading\nloading.BATCH_FILES = 1\n{KILLED_AT}"
    )
    loads.killed(script, "a batch of files committed", "app_events")
    vanished = world.events / "001.jsonl.gz"
    content = vanished.read_bytes()
    vanished.unlink()
    loads.load("app_events")
    assert loads.rows("select count(*) from raw_app_events.events") == [(200,)]
    vanished.write_bytes(content)
    loads.load("app_events")
    assert loads.rows(
        "select count(*), count(distinct (_source_file, _line)) from raw_app_events.events"
    ) == [(400, 400)]


def test_a_pending_package_that_can_never_be_loaded_is_dropped_and_read_again(
    loads: Loads, world: World
) -> None:
    loads.killed(KILLED_AT, "after normalise", "stripe")
    jobs = list(loads.working_folder.rglob("new_jobs/customers.*.parquet"))
    assert jobs
    for job in jobs:
        job.write_bytes(b"no parquet at all")
    shown = loads.load()
    assert "it was dropped and what it held is read again" in shown
    assert loads.contents() == clean_contents(loads, world)
    assert "dropped" not in loads.load()


@pytest.mark.parametrize(
    ("step", "gone"),
    [
        ("after extract", "normalize/extracted/*/new_jobs"),
        ("after normalise", "load/normalized/*/new_jobs"),
        more("after normalise", "load/normalized/*/completed_jobs"),
        more("after normalise", "load/normalized/*/schema.json"),
    ],
)
def test_a_package_that_was_being_taken_away_is_read_again(
    loads: Loads, world: World, step: str, gone: str
) -> None:
    """A kill may fall between the files of a folder that is removed."""
    loads.killed(KILLED_AT, step, "stripe")
    parts = list((loads.working_folder / "stripe").glob(gone))
    assert parts
    for part in parts:
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    loads.load()
    assert loads.contents() == clean_contents(loads, world)
    assert "dropped" not in loads.load()


def test_a_missing_file_of_a_package_is_known_by_any_name_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder may be given relative or through a link; files elsewhere come back, perhaps."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    gone = FileNotFoundError(2, "No such file", str(tmp_path / "real" / "new_jobs"))
    for folder in ("link", "real", str(tmp_path / "link")):
        assert _is_lasting(gone, (), folder)
    assert not _is_lasting(gone, (), str(tmp_path / "elsewhere"))
    assert not _is_lasting(FileNotFoundError("without a name"), (), "real")


def test_a_lost_working_folder_is_restored_from_the_warehouse(loads: Loads, world: World) -> None:
    loads.load()
    before = loads.contents()
    shutil.rmtree(loads.working_folder)
    loads.load()
    assert loads.contents() == before
    assert loads.rows("select mode from raw_stripe.syncs order by _dlt_load_id") == [
        ("full",),
        ("incremental",),
    ]


KILLED_AFTER = """
import os, signal, sys, threading, time
from pipelines.console import Reporter
from pipelines.run import run
threading.Thread(
    target=lambda: (time.sleep(float(sys.argv[1])), os.kill(os.getpid(), signal.SIGKILL)),
    daemon=True,
).start()
sys.exit(run((), full_refresh=False, reporter=Reporter()))
"""


@pytest.mark.faults
def test_kills_at_any_time_lose_and_double_nothing(loads: Loads, world: World) -> None:
    started = time.monotonic()
    assert loads.process(KILLED_AFTER, "600").returncode == 0
    longest = time.monotonic() - started
    luck, killed = chance(), 0
    while killed < kills(0.25):
        if world.size < PAGE_SIZE:  # beyond a page, what is new is told by events, and it has none
            world.grow()
        done = loads.process(KILLED_AFTER, str(luck.uniform(0, longest)))
        killed += done.returncode != 0
    loads.load()
    found, expected = loads.contents(), clean_contents(loads, world)
    # versions of a day are as many as its restatements met; all else is the same
    for changing in ("raw_openai.cost_buckets", "raw_openai.cost_results"):
        found.pop(changing), expected.pop(changing)
    assert found == expected
    loads.check_records()
    assert loads.rows(
        "select count(*), sum(amount__value) from raw_openai.cost_results as results join ("
        " select _version_id, row_number() over (partition by id order by _dlt_load_id desc,"
        " _sequence desc) as recency from raw_openai.cost_buckets where _dlt_load_id in"
        " (select load_id from raw_openai._dlt_loads)) as buckets using (_version_id) "
        "where recency = 1"
    ) == [(world.size, world.size * 1.25)]
