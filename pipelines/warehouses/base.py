"""What every warehouse offers to a load, and what they share.

A warehouse is where raw tables go: one schema per source, so that equal table names never meet.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa
from dlt.common.time import increasing_precise_time

from pipelines.loading.sql_types import sql_type

#: Memory of DuckDB while it loads, whatever the size of the files; more goes to temporary files.
MEMORY_LIMIT: Final = "400MB"

#: What DuckDB raises for want of disk, memory or a lock; its others are about what is loaded.
DUCKDB_PASSING_ERRORS: Final = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.InterruptException,
)

#: One row per file of a load package that is in the warehouse, for the time until dlt knows it too.
JOBS_TABLE: Final = "_dlt_loaded_jobs"

#: Name of the schema in the file that a loader fills where the warehouse is not DuckDB.
STAGED_SCHEMA: Final = "staged"


#: Where each load notes which account it loads; dbt reads it as source `sources`.
ACCOUNTS_SCHEMA: Final = "raw_sources"
ACCOUNTS_TABLE: Final = f"{ACCOUNTS_SCHEMA}.accounts"


@dataclass(frozen=True)
class LoadedAccount:
    """An account that was loaded into a warehouse.

    Attributes:
        source: its name; its tables are in `raw_<source>`.
        kind: name of the source it is an account of.
        account_id: the vendor's own id of it; None where the vendor does not say.
    """

    source: str
    kind: str
    account_id: str | None


@dataclass(frozen=True)
class TableLoader:
    """A source's own loader of a table's files, in one pass over its input.

    Attributes:
        load: (connection, quoted schema, file, load id) -> None, into tables of DuckDB. It must do
            nothing where it is asked again for what it has done. Raises LoadError.
        tables: what it writes, by name; the last one says what was read, so it is written last.
    """

    load: Callable[[duckdb.DuckDBPyConnection, str, Path, str], None]
    tables: Mapping[str, pa.Schema]


def loading_settings() -> dict[str, Any]:
    """Settings of DuckDB while it loads."""
    return {
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": False,  # rows carry their order where it means something
    }


class Warehouse(Protocol):
    """Where a run loads to."""

    @property
    def passing_errors(self) -> tuple[type[BaseException], ...]:
        """Errors for want of disk, memory, a lock or a server; others are about what is loaded."""

    def describe(self) -> str:
        """What messages call it; never holds a password."""

    def without_secrets(self, text: str) -> str:
        """The text, with passwords of the settings blotted out."""

    def working_folder(self) -> Path:
        """dlt's working folder: one per warehouse, so that two of them never share state."""

    def hold(self, busy: str, patience: float = 0.0) -> AbstractContextManager[None]:
        """Hold its lock, waiting at most `patience` seconds; freed however the process ends.

        Raises:
            AlreadyRunningError: somebody else holds it; the message is `busy`.
            SettingError: there is nothing to lock there.
            UnreachableError: its server does not answer.
        """

    def opened(self) -> AbstractContextManager[None]:
        """Look at it, holding its lock, and keep it open where that saves work; forget pending
        packages of one that is gone.

        Raises:
            SettingError: it cannot be used.
            UnreachableError: somebody else is using it, or its server does not answer.
        """

    def accounts(self) -> list[LoadedAccount]:
        """The accounts that were loaded into it, by name."""

    def note_account(self, account: LoadedAccount) -> None:
        """Note an account in place of what was noted of its name, in one step."""

    def destination(self, loaders: Mapping[str, TableLoader]) -> Any:
        """The dlt destination; `loaders`: raw table -> its own loader."""


@contextmanager
def staged(
    folder: Path, loader: TableLoader, manifest: Path, load_id: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What a loader makes of a file, in a DuckDB file of its own that lives as long as this.

    Raises:
        LoadError, OSError, duckdb.Error: as the loader does; nothing is left behind.
    """
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
    folder.mkdir(parents=True)
    try:
        with duckdb.connect(str(folder / "rows.duckdb"), config=loading_settings()) as connection:
            connection.execute(f"set TimeZone = 'UTC'; create schema {STAGED_SCHEMA}")
            for name, schema in loader.tables.items():
                columns = ", ".join(f'"{one.name}" {sql_type(one.type)}' for one in schema)
                connection.execute(f"create table {STAGED_SCHEMA}.{name} ({columns})")
            loader.load(connection, STAGED_SCHEMA, manifest, load_id)
            yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def staged_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a staged table has."""
    row = connection.execute(f"select count(*) from {STAGED_SCHEMA}.{table}").fetchone()
    return int(row[0]) if row else 0


def forget_packages(working_folder: Path) -> None:
    """Drop what is pending: it belongs to a warehouse that is gone, and is read again."""
    shutil.rmtree(working_folder, ignore_errors=True)


def keep_load_ids_rising(newest_load_id: str | None) -> bool:
    """Make the next load id greater than the newest there is; whether the clock was behind it.

    Load ids are times. What was loaded last wins where versions are equally old, and dlt takes the
    state of the greatest id for the newest, so a machine whose clock was set back must not go back
    with them.
    """
    newest = float(newest_load_id or 0)
    is_behind = newest >= time.time()
    increasing_precise_time._last = max(increasing_precise_time._last, newest)
    return is_behind
