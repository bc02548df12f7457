"""A PostgreSQL database as the warehouse: each file of a load package is loaded exactly once.

Files come as Parquet, as for the other warehouses, and go in by COPY. The note that a file is in
is a row of the same transaction. A source with its own loader fills a DuckDB file first, whose
tables are then copied in one transaction with the note.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import LoadJob, RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.typing import PreparedTableSchema
from dlt.destinations import postgres as PostgresDestination
from dlt.destinations.impl.postgres.postgres import PostgresClient

from pipelines.config import dbt_setting, warehouse_path
from pipelines.errors import AlreadyRunningError, SettingError, UnreachableError
from pipelines.warehouses.base import (
    ACCOUNTS_SCHEMA,
    ACCOUNTS_TABLE,
    DUCKDB_PASSING_ERRORS,
    JOBS_TABLE,
    STAGED_SCHEMA,
    LoadedAccount,
    TableLoader,
    forget_packages,
    staged,
    staged_rows,
)
from pipelines.warehouses.copy_csv import BATCH_ROWS, CsvOfBatches

#: Any number will do, as long as every run asks for the same one.
LOCK: Final = 1_620_117

#: Bytes that are handed to the server at once.
BLOCK_BYTES: Final = 1 << 20

CONNECT_SECONDS: Final = 15

Write = Callable[[Any], None]


class CopyJob(RunnableLoadJob):
    """Copies a Parquet file into its table, unless an earlier run did."""

    _job_client: DatabaseClient

    def run(self) -> None:
        """Copy and note it, in one transaction."""
        job_id = self.job_file_info().job_id()
        try:
            self._job_client.once(self._load_id, job_id, self._copy)
        except Exception as error:
            # trying again at once would only end the same way
            raise DestinationTerminalException(str(error)) from error

    def _copy(self, cursor: Any) -> None:
        with pq.ParquetFile(self._file_path) as file:
            table = self._job_client.sql_client.make_qualified_table_name(self.load_table_name)
            copy_batches(cursor, table, file.schema_arrow.names, file.iter_batches(BATCH_ROWS))


class OwnLoaderJob(RunnableLoadJob):
    """Loads a file with the source's own loader."""

    _job_client: DatabaseClient

    def __init__(self, file_path: str, loader: TableLoader, folder: Path) -> None:
        super().__init__(file_path)
        self._loader = loader
        self._folder = folder

    def run(self) -> None:
        """Fill a DuckDB file, then copy its tables; whatever fails is left to the next run."""
        client, job_id = self._job_client, self.job_file_info().job_id()
        try:
            if client.has_loaded(self._load_id, job_id):
                return
            with staged(
                self._folder, self._loader, Path(self._file_path), self._load_id
            ) as connection:
                client.once(self._load_id, job_id, lambda cursor: self._ship(connection, cursor))
        except Exception as error:
            raise DestinationTerminalException(str(error)) from error

    def _ship(self, connection: Any, cursor: Any) -> None:
        for name, schema in self._loader.tables.items():
            if staged_rows(connection, name):
                columns = ", ".join(f'"{column}"' for column in schema.names)
                reader = connection.execute(
                    f"select {columns} from {STAGED_SCHEMA}.{name}"
                ).to_arrow_reader(BATCH_ROWS)
                table = self._job_client.sql_client.make_qualified_table_name(name)
                copy_batches(cursor, table, schema.names, reader)


def copy_batches(
    cursor: Any, table: str, columns: Iterable[str], batches: Iterable[pa.RecordBatch]
) -> None:
    """COPY rows into a table (its quoted name), in the cursor's transaction."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.copy_expert(
        f"copy {table} ({names}) from stdin (format csv, encoding 'utf8')",
        CsvOfBatches(batches),
        BLOCK_BYTES,
    )


class DatabaseClient(PostgresClient):
    """dlt's PostgreSQL client with jobs that load once."""

    loaders: ClassVar[Mapping[str, TableLoader]] = {}
    folder: ClassVar[Path] = Path()

    def jobs_table(self) -> str:
        """Quoted name of the table that jobs note themselves in."""
        return f"{self.sql_client.fully_qualified_dataset_name()}.{JOBS_TABLE}"

    def has_loaded(self, load_id: str, job_id: str) -> bool:
        """Whether a job is in the warehouse."""
        found = self.sql_client.execute_sql(
            f"select 1 from {self.jobs_table()} where load_id = %s and job_id = %s", load_id, job_id
        )
        return bool(found)

    def once(self, load_id: str, job_id: str, write: Write) -> None:
        """Write and note it in one transaction, unless the note is there."""
        with self.sql_client.begin_transaction():
            if self.has_loaded(load_id, job_id):
                return
            with self.sql_client.native_connection.cursor() as cursor:
                write(cursor)
                cursor.execute(
                    f"insert into {self.jobs_table()} values (%s, %s)", (load_id, job_id)
                )

    def update_stored_schema(self, *args: Any, **kwargs: Any) -> Any:
        """Called before a package's jobs: also make the table that they note themselves in."""
        applied = super().update_stored_schema(*args, **kwargs)
        self.sql_client.execute_sql(
            f"create table if not exists {self.jobs_table()} (load_id varchar, job_id varchar)"
        )
        return applied

    def complete_load(self, load_id: str) -> None:
        """Note that the package is complete: once, even if a kill kept dlt from knowing it."""
        loads = f"{self.sql_client.fully_qualified_dataset_name()}._dlt_loads"
        with self.sql_client.begin_transaction():
            done = self.sql_client.execute_sql(f"select 1 from {loads} where load_id = %s", load_id)
            if not done:
                super().complete_load(load_id)
            self.sql_client.execute_sql(
                f"delete from {self.jobs_table()} where load_id = %s", load_id
            )

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job of one file of a load package."""
        if loader := self.loaders.get(str(table["name"])):
            return OwnLoaderJob(file_path, loader, self.folder)
        if file_path.endswith(".parquet"):
            return CopyJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)


class DatabaseDestination(PostgresDestination):
    """The database as dlt's destination; `loaders`: raw table -> its own loader."""

    def __init__(
        self, credentials: dict[str, Any], loaders: Mapping[str, TableLoader], folder: Path
    ) -> None:
        super().__init__(credentials=credentials)
        self._loaders = loaders
        self._folder = folder

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        # dlt takes Parquet only where a driver is installed that is not needed here
        capabilities.loader_file_format_selector = None  # type: ignore[assignment]
        return capabilities

    @property
    def client_class(self) -> type[PostgresClient]:
        """A client that knows the loaders."""
        known = {"loaders": self._loaders, "folder": self._folder}
        return type("DatabaseClient", (DatabaseClient,), known)


@dataclass(frozen=True)
class PostgresDatabase:
    """A database on a PostgreSQL server, reached with the settings that dbt uses."""

    host: str
    port: int
    user: str
    password: str
    database: str
    folder: Path

    @classmethod
    def from_settings(cls) -> PostgresDatabase:
        """The database of the `POSTGRES_*` settings.

        Raises:
            SettingError: the port is no number.
        """
        port = dbt_setting("POSTGRES_PORT", "5432")
        if not port.isdigit():
            raise SettingError(f"POSTGRES_PORT is {port!r}, which is no port number.")
        return cls(
            host=dbt_setting("POSTGRES_HOST", "localhost"),
            port=int(port),
            user=dbt_setting("POSTGRES_USER", "postgres"),
            password=dbt_setting("POSTGRES_PASSWORD", ""),
            database=dbt_setting("POSTGRES_DATABASE", "usage_vs_revenue"),
            folder=warehouse_path().resolve().parent,
        )

    @property
    def passing_errors(self) -> tuple[type[BaseException], ...]:
        """Want of a server, and of what the loaders' DuckDB wants."""
        return (psycopg2.OperationalError, psycopg2.InterfaceError, *DUCKDB_PASSING_ERRORS)

    def describe(self) -> str:
        """Database, host and port."""
        return f"the PostgreSQL database {self.database} on {self.host}:{self.port}"

    def without_secrets(self, text: str) -> str:
        """The text without the password."""
        return text.replace(self.password, "***") if self.password else text

    def working_folder(self) -> Path:
        """A hidden folder where the DuckDB file would be."""
        name = f".postgres_{self.host}_{self.port}_{self.database}_pipelines"
        return self.folder / name.replace("/", "_")

    @contextmanager
    def hold(self, busy: str, patience: float = 0.0) -> Iterator[None]:
        """An advisory lock of the server, so that runs on two machines exclude each other, too."""
        until = time.monotonic() + patience
        connection = self.connect()
        try:
            while not _take(connection):
                if time.monotonic() >= until:
                    raise AlreadyRunningError(busy)
                time.sleep(0.2)
            yield
        finally:
            connection.close()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Pending packages of a database that was made anew belong to data that is gone."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select count(*) from pg_namespace where nspname like %s", (r"raw\_%",)
                )
                [has_raw] = cursor.fetchone()
        finally:
            connection.close()
        if not has_raw:
            forget_packages(self.working_folder())
        yield

    def accounts(self) -> list[LoadedAccount]:
        """The rows of the table of accounts."""
        with self._accounts_table() as cursor:
            cursor.execute(f"select source, kind, account_id from {ACCOUNTS_TABLE} order by source")
            return [LoadedAccount(*row) for row in cursor.fetchall()]

    def note_account(self, account: LoadedAccount) -> None:
        """Replace the row of the account."""
        with self._accounts_table() as cursor:
            cursor.execute("begin")
            cursor.execute(f"delete from {ACCOUNTS_TABLE} where source = %s", (account.source,))
            cursor.execute(
                f"insert into {ACCOUNTS_TABLE} (source, kind, account_id) values (%s, %s, %s)",
                (account.source, account.kind, account.account_id),
            )
            cursor.execute("commit")

    @contextmanager
    def _accounts_table(self) -> Iterator[Any]:
        """A cursor that finds the table made, by a load of before or by dbt."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"create schema if not exists {ACCOUNTS_SCHEMA}")
                cursor.execute(
                    f"create table if not exists {ACCOUNTS_TABLE} (source varchar, kind varchar)"
                )
                cursor.execute(
                    f"alter table {ACCOUNTS_TABLE} add column if not exists account_id varchar"
                )
                yield cursor
        finally:
            connection.close()

    def destination(self, loaders: Mapping[str, TableLoader]) -> Any:
        """dlt's PostgreSQL destination, with jobs that load once."""
        credentials = {
            "database": self.database,
            "username": self.user,
            "password": self.password,
            "host": self.host,
            "port": self.port,
            "connect_timeout": CONNECT_SECONDS,
            "session_timezone": "UTC",
        }
        return DatabaseDestination(credentials, loaders, self.working_folder() / ".staged")

    def connect(self) -> Any:
        """A connection in the time zone UTC, each statement its own transaction.

        Raises:
            UnreachableError: there is none; the message holds no password.
        """
        try:
            connection = psycopg2.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname=self.database,
                connect_timeout=CONNECT_SECONDS,
                options="-ctimezone=UTC",
            )
        except psycopg2.OperationalError as error:
            reason = self.without_secrets(" ".join(str(error).split()))
            raise UnreachableError(
                f"{self.describe()[4:]} cannot be opened ({reason}). Start the server, or correct "
                "POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD or "
                "POSTGRES_DATABASE."
            ) from None
        connection.autocommit = True
        return connection


def _take(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", (LOCK,))
        return bool(cursor.fetchone()[0])
