"""The warehouse as dlt's destination: each file of a load package is loaded exactly once.

dlt's own job commits a file's rows and then notes that it is done; a kill between the two makes the
next run load the file again, into the same load. Here the note is a row of the same transaction. A
source may load a table's files by itself, in one pass over its input (`TableLoader`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

import duckdb
from dlt.common.destination.client import LoadJob, RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.time import increasing_precise_time
from dlt.destinations import duckdb as DuckDbDestination
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

#: Format of a new warehouse file: readable for clients from 1.5 on, whichever makes it. It takes a
#: fifth less time to write than DuckDB's default, the format of 2024.
STORAGE_VERSION: Final = "v1.5.0"

#: Memory of DuckDB while it loads, whatever the size of the files; more goes to temporary files.
MEMORY_LIMIT: Final = "400MB"

#: One row per file of a load package that is in the warehouse, for the time until dlt knows it too.
JOBS_TABLE: Final = "_dlt_loaded_jobs"

#: Loads one file of a load package: (connection, quoted schema, file, load id) -> None. It must do
#: nothing where it is asked again for what it has done. Raises LoadError.
TableLoader = Callable[[duckdb.DuckDBPyConnection, str, Path, str], None]


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
            self._loader(
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


class Warehouse(DuckDbDestination):
    """The DuckDB file that is loaded and built; `loaders`: raw table -> its own loader."""

    def __init__(self, path: Path, loaders: Mapping[str, TableLoader]) -> None:
        settings = {
            "memory_limit": MEMORY_LIMIT,
            "preserve_insertion_order": False,  # rows carry their order where it means something
        }
        super().__init__(credentials=DuckDbCredentials(str(path), global_config=settings))
        self._loaders = loaders

    @property
    def client_class(self) -> type[DuckDbClient]:
        """A client that knows the loaders."""
        return type("WarehouseClient", (WarehouseClient,), {"loaders": self._loaders})


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
