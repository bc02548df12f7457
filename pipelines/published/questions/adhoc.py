"""An analyst's own statement, run apart from the pages: one SELECT, in limits.

It runs in a process of its own, which has the published file open read-only and locked down and no
secrets in its environment; what would tell where files lie is refused. Whatever a statement does (a
join that never ends, a gigabyte of text), the pages go on, and its process is ended when its time
is over.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

import duckdb
import pyarrow as pa

from pipelines.published.questions import statement_guard
from pipelines.published.reader import Answer, Published

SECONDS: Final = 10
MOST_ROWS: Final = 10_000
#: Bytes of rows at most: more is no answer that a person or program reads.
MOST_BYTES: Final = 32_000_000
LONGEST: Final = 20_000
_START_UP_SECONDS: Final = 5
#: Statements that run at once: two cores are there for the pages too.
_PLACES: Final = BoundedSemaphore(2)
_WORKER: Final = Path(__file__).with_name("adhoc_worker.py")


@dataclass(frozen=True)
class Refused:
    """Why there are no rows, in words for the analyst."""

    reason: str


@dataclass(frozen=True)
class Rows:
    """The rows of a statement: the first `MOST_ROWS` of them, or as many as `MOST_BYTES` hold."""

    answer: Answer
    is_cut: bool


def refusal(statement: str) -> str | None:
    """Why a statement is not run; None if it is one SELECT."""
    if len(statement) > LONGEST:
        return f"The statement is longer than {LONGEST:,} characters."
    try:
        found = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        return _first_lines(str(error))
    if len(found) != 1:
        return "One statement at a time, please."
    if found[0].type != duckdb.StatementType.SELECT:
        return "Only SELECT runs here: the published marts are for reading."
    return statement_guard.refusal(statement)


def run(build: Published, statement: str) -> Rows | Refused:
    """Run one SELECT on a build.

    Returns:
        Its rows, or why there are none: not one SELECT, an error of DuckDB, out of time or memory.
    """
    why_not = refusal(statement)
    if why_not:
        return Refused(why_not)
    if not _PLACES.acquire(timeout=SECONDS):
        return Refused("Too many statements are running. Try again in a moment.")
    try:
        ended = subprocess.run(
            [
                sys.executable,
                "-I",
                str(_WORKER),
                build.path,
                str(MOST_ROWS),
                str(SECONDS),
                str(MOST_BYTES),
            ],
            input=statement.encode(),
            capture_output=True,
            check=False,
            timeout=SECONDS + _START_UP_SECONDS,
            cwd="/",
            env={"PATH": os.defpath, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        return Refused(f"Stopped after {SECONDS} seconds. Ask for less, or narrow it by date.")
    finally:
        _PLACES.release()
    return _rows(statement, ended.returncode, ended.stdout, ended.stderr)


def _rows(statement: str, code: int, out: bytes, said: bytes) -> Rows | Refused:
    if code == _ERROR_OF_THE_STATEMENT:
        return Refused(_first_lines(said.decode(errors="replace")))
    if code not in (0, _CUT):
        return Refused("The statement needed too much memory or time and was stopped.")
    table = pa.ipc.open_stream(io.BytesIO(out)).read_all()
    table = table.rename_columns(told_apart(table.column_names))
    answer = Answer(table.slice(0, MOST_ROWS), statement, "your statement", "row of it")
    return Rows(answer, code == _CUT or table.num_rows > MOST_ROWS)


def told_apart(names: Sequence[str]) -> list[str]:
    """Column names of which no two are the same, whatever their case: `a`, `A`, `` become `a`,
    `A_2`, `column_3`. Rows are handed on by name, and a name that came twice would shift them."""
    found: list[str] = []
    taken = {name.lower() for name in names}
    used: set[str] = set()
    for place, name in enumerate(names, start=1):
        base = new = name or f"column_{place}"
        number = 2
        while new.lower() in used or (new != name and new.lower() in taken):
            new = f"{base}_{number}"
            number += 1
        used.add(new.lower())
        found.append(new)
    return found


#: Exit code of the worker for what DuckDB says about the statement.
_ERROR_OF_THE_STATEMENT: Final = 3
#: Exit code of the worker where there are more bytes than it may write.
_CUT: Final = 4


def _first_lines(text: str, most: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[:most])
