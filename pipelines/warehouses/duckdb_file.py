"""A DuckDB file as the warehouse: each file of a load package is loaded exactly once.

dlt's own job commits a file's rows and then notes that it is done; a kill between the two makes the
next run load the file again, into the same load. Here the note is a row of the same transaction. A
source may load a table's files by itself, in one pass over its input (`TableLoader`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import duckdb
from dlt.common.destination.client import LoadJob, RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.typing import PreparedTableSchema
from dlt.destinations import duckdb as DuckDbDestination
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

from pipelines import locks
from pipelines.config import pipelines_dir, warehouse_path
from pipelines.errors import SettingError, UnreachableError
from pipelines.warehouses.base import (
    ACCOUNTS_SCHEMA,
    ACCOUNTS_TABLE,
    DUCKDB_PASSING_ERRORS,
    JOBS_TABLE,
    LoadedAccount,
    TableLoader,
    forget_packages,
    loading_settings,
)

#: Format of a new warehouse file: readable for clients from 1.5 on, whichever makes it. It takes a
#: fifth less time to write than DuckDB's default, the format of 2024.
STORAGE_VERSION: Final = "v1.5.0"


#: What DuckDB says of a file that another process has open, and for want of disk or memory. The
#: word `block`, which every message about damage has, ends in `lock`.
_HELD_BY_ANOTHER: Final = ("could not set lock", "conflicting lock", "different configuration")
_NO_PLACE: Final = ("no space left", "out of memory", "failed to allocate")


class LoadOnceJob(DuckDbCopyJob):
    """Copies a Parquet file into its table, unless an earlier run did."""

    def run(self) -> None:
        """Copy and note it, in one transaction."""
        client = self._job_client.sql_client
        table = f"{client.fully_qualified_dataset_name()}.{JOBS_TABLE}"
        key = [self._load_id, self.job_file_info().job_id()]
        try:
            self._load_once(client, table, key)
        except Exception as error:
            # trying again at once would only end the same way
            raise DestinationTerminalException(str(error)) from error

    def _load_once(self, client: DuckDbSqlClient, table: str, key: list[str]) -> None:
        with client.begin_transaction():
            connection = client.native_connection
            done = connection.execute(
                f"select 1 from {table} where load_id = ? and job_id = ?", key
            ).fetchone()
            if not done:
                super().run()
                connection.execute(f"insert into {table} values (?, ?)", key)


class OwnLoaderJob(RunnableLoadJob):
    """Loads a file with the source's own loader."""

    def __init__(self, file_path: str, loader: TableLoader) -> None:
        super().__init__(file_path)
        self._loader = loader

    def run(self) -> None:
        """Load; whatever fails is left to the next run, not tried again at once."""
        client: Any = self._job_client
        try:
            self._loader.load(
                client.sql_client.native_connection,
                client.sql_client.fully_qualified_dataset_name(),
                Path(self._file_path),
                self._load_id,
            )
        except Exception as error:
            raise DestinationTerminalException(str(error)) from error


class WarehouseClient(DuckDbClient):
    """dlt's DuckDB client with jobs that load once."""

    loaders: ClassVar[Mapping[str, TableLoader]] = {}

    def update_stored_schema(self, *args: Any, **kwargs: Any) -> Any:
        """Called before a package's jobs: also make the table that they note themselves in."""
        applied = super().update_stored_schema(*args, **kwargs)
        name = f"{self.sql_client.fully_qualified_dataset_name()}.{JOBS_TABLE}"
        self.sql_client.execute_sql(
            f"create table if not exists {name} (load_id varchar, job_id varchar)"
        )
        return applied

    def complete_load(self, load_id: str) -> None:
        """Note that the package is complete: once, even if a kill kept dlt from knowing it."""
        schema = self.sql_client.fully_qualified_dataset_name()
        with self.sql_client.begin_transaction():
            connection = self.sql_client.native_connection
            done = connection.execute(
                f"select 1 from {schema}._dlt_loads where load_id = ?", [load_id]
            ).fetchone()
            if not done:
                super().complete_load(load_id)
            connection.execute(f"delete from {schema}.{JOBS_TABLE} where load_id = ?", [load_id])

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job of one file of a load package."""
        if loader := self.loaders.get(str(table["name"])):
            return OwnLoaderJob(file_path, loader)
        job = super().create_load_job(table, file_path, load_id, restore)
        return LoadOnceJob(file_path) if isinstance(job, DuckDbCopyJob) else job


class WarehouseDestination(DuckDbDestination):
    """The file as dlt's destination; `loaders`: raw table -> its own loader."""

    def __init__(self, path: Path, loaders: Mapping[str, TableLoader]) -> None:
        super().__init__(credentials=DuckDbCredentials(str(path), global_config=loading_settings()))
        self._loaders = loaders

    @property
    def client_class(self) -> type[DuckDbClient]:
        """A client that knows the loaders."""
        return type("WarehouseClient", (WarehouseClient,), {"loaders": self._loaders})


@dataclass(frozen=True)
class DuckDbFile:
    """One file, which one process writes at a time."""

    path: Path

    @classmethod
    def from_settings(cls) -> DuckDbFile:
        """The file of `WAREHOUSE_PATH`, with its folder made.

        Raises:
            SettingError: it cannot be written.
        """
        path = warehouse_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingError(
                f"WAREHOUSE_PATH is {path}, but its folder cannot be made ({error.strerror}). "
                "Choose a path you may write to."
            ) from error
        target = path if path.exists() else path.parent
        if path.is_dir() or not os.access(target, os.W_OK):
            raise SettingError(
                f"WAREHOUSE_PATH is {path}, which cannot be written. "
                "Choose a file you may write to."
            )
        return cls(path)

    @property
    def passing_errors(self) -> tuple[type[BaseException], ...]:
        """Want of disk, memory or a lock."""
        return DUCKDB_PASSING_ERRORS

    def describe(self) -> str:
        """Its path."""
        return str(self.path)

    def without_secrets(self, text: str) -> str:
        """The text as it is: a file has no password."""
        return text

    def working_folder(self) -> Path:
        """A hidden folder beside the file."""
        return pipelines_dir(self.path)

    @contextmanager
    def hold(self, busy: str, patience: float = 0.0) -> Iterator[None]:
        """Hold the lock file beside the file."""
        lock = locks.warehouse_lock(self.path)
        try:
            lock.open("a").close()
        except OSError as error:
            raise SettingError(
                f"WAREHOUSE_PATH is {self.path}, but {lock.name} beside it cannot be written "
                f"({error.strerror}). Choose a folder you may write to."
            ) from error
        with locks.hold(lock, busy, patience):
            yield

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep it open: dlt opens it a dozen times for each source, and whoever is the last to
        close it writes a checkpoint. Pending packages of a file that was deleted belong to data
        that is gone."""
        if not self.path.exists():
            forget_packages(self.working_folder())
        self._open({"storage_compatibility_version": STORAGE_VERSION}).close()
        # all connections of a process to one file must be opened alike
        with self._open({}) as connection:
            _set_for_loading(connection)
            yield

    def _open(self, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(str(self.path.resolve()), config=config)
        except duckdb.Error as error:
            said = str(error).lower()
            if any(sign in said for sign in _HELD_BY_ANOTHER):
                raise UnreachableError(
                    f"The warehouse {self.path} is open in another program (a `dbt build`, or a "
                    "client that writes). Close it and run again: nothing is lost. Readers should "
                    "use the published file, which never blocks."
                ) from error
            if any(sign in said for sign in _NO_PLACE):
                raise UnreachableError(
                    f"The warehouse {self.path} cannot be opened for want of disk or memory "
                    f"({_first_line(error)}). Make room and run again: nothing is lost."
                ) from error
            raise SettingError(
                f"WAREHOUSE_PATH is {self.path}, which is damaged or no DuckDB file of this "
                f"version ({_first_line(error)}). Published builds are files of their own: readers "
                "keep the last one. Restore the file from a backup, or move it away and run again: "
                "everything is loaded anew (what only the warehouse remembers is then gone: "
                "first-seen times, closed months, history that the providers no longer give)."
            ) from error

    def accounts(self) -> list[LoadedAccount]:
        """The rows of the table of accounts."""
        with self._accounts_table() as connection:
            rows = connection.execute(
                f"select source, kind, account_id from {ACCOUNTS_TABLE} order by source"
            ).fetchall()
        return [LoadedAccount(*row) for row in rows]

    def note_account(self, account: LoadedAccount) -> None:
        """Replace the row of the account."""
        with self._accounts_table() as connection:
            connection.execute("begin")
            connection.execute(f"delete from {ACCOUNTS_TABLE} where source = ?", [account.source])
            connection.execute(
                f"insert into {ACCOUNTS_TABLE} (source, kind, account_id) values (?, ?, ?)",
                [account.source, account.kind, account.account_id],
            )
            connection.execute("commit")

    @contextmanager
    def _accounts_table(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that finds the table made, by a load of before or by dbt."""
        with self._open({}) as connection:
            _set_for_loading(connection)
            connection.execute(f"create schema if not exists {ACCOUNTS_SCHEMA}")
            connection.execute(
                f"create table if not exists {ACCOUNTS_TABLE} (source varchar, kind varchar)"
            )
            connection.execute(
                f"alter table {ACCOUNTS_TABLE} add column if not exists account_id varchar"
            )
            yield connection

    def destination(self, loaders: Mapping[str, TableLoader]) -> Any:
        """dlt's DuckDB destination, with jobs that load once."""
        return WarehouseDestination(self.path.resolve(), loaders)


def _set_for_loading(connection: duckdb.DuckDBPyConnection) -> None:
    for name, value in loading_settings().items():
        connection.execute(f"set {name} = '{value}'")


def _first_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())[:160]
