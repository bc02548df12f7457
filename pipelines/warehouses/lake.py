"""A folder or bucket of Parquet files as the warehouse, which Spark reads where they lie.

One folder per source and table. A file's name follows from its job, so a job that is run again
writes the same file; readers trust only the loads that `_dlt_loads` lists. Where a source has its
own loader, it fills a DuckDB file first, whose tables become one file each.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

from dlt.common.configuration import resolve_configuration
from dlt.common.destination.client import LoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import fsspec_from_config
from dlt.destinations import filesystem as FilesystemDestination
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, FilesystemLoadJob
from fsspec import AbstractFileSystem

from pipelines import locks
from pipelines.config import dbt_setting, warehouse_path
from pipelines.errors import SettingError
from pipelines.warehouses.base import (
    ACCOUNTS_TABLE,
    DUCKDB_PASSING_ERRORS,
    STAGED_SCHEMA,
    LoadedAccount,
    TableLoader,
    forget_packages,
    staged,
    staged_rows,
)

SETTING: Final = "LAKE_URL"

#: Spark splits files by their row groups; DuckDB's own size of them suits both.
PARQUET_OPTIONS: Final = "(format parquet, compression snappy)"


class FileJob(FilesystemLoadJob):
    """Puts a Parquet file into the lake, at once."""

    _job_client: LakeClient

    def run(self) -> None:
        """Put it; whatever fails is left to the next run."""
        try:
            self._job_client.put(Path(self._file_path), self.make_remote_path())
        except Exception as error:
            raise DestinationTerminalException(str(error)) from error


class OwnLoaderJob(FilesystemLoadJob):
    """Loads a file with the source's own loader."""

    _job_client: LakeClient

    def __init__(self, file_path: str, loader: TableLoader, folder: Path) -> None:
        super().__init__(file_path)
        self._loader = loader
        self._folder = folder

    def run(self) -> None:
        """Fill a DuckDB file, then put its tables; whatever fails is left to the next run."""
        try:
            with staged(
                self._folder, self._loader, Path(self._file_path), self._load_id
            ) as connection:
                for name in self._loader.tables:
                    if staged_rows(connection, name):
                        self._put(connection, name)
        except Exception as error:
            raise DestinationTerminalException(str(error)) from error

    def _put(self, connection: Any, table: str) -> None:
        file = self._folder / f"{table}.parquet"
        connection.execute(f"copy (from {STAGED_SCHEMA}.{table}) to '{file}' {PARQUET_OPTIONS}")
        name = f"{self._load_id}.{self.job_file_info().file_id}.parquet"
        client = self._job_client
        client.put(file, client.pathlib.join(client.get_table_dir(table), name))
        file.unlink()


class LakeClient(FilesystemClient):
    """dlt's client of folders and buckets, with jobs that write whole files."""

    loaders: ClassVar[Mapping[str, TableLoader]] = {}
    folder: ClassVar[Path] = Path()

    def put(self, source: Path, target: str) -> None:
        """Copy a file to its place. Readers see all of it or nothing; an object store sees to that
        by itself, in a folder it takes a rename (names that begin with a dot are never read)."""
        if not self.config.is_local_filesystem:
            self.fs_client.put_file(str(source), target)
            return
        place = Path(target)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.draft")
        shutil.copyfile(source, draft)
        draft.replace(place)

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job of one file of a load package."""
        if loader := self.loaders.get(str(table["name"])):
            return OwnLoaderJob(file_path, loader, self.folder)
        job = super().create_load_job(table, file_path, load_id, restore)
        return FileJob(file_path) if type(job) is FilesystemLoadJob else job


class LakeDestination(FilesystemDestination):
    """The lake as dlt's destination; `loaders`: raw table -> its own loader."""

    def __init__(self, url: str, loaders: Mapping[str, TableLoader], folder: Path) -> None:
        # dlt takes the defaults of its own signature for settings that somebody must have made
        super().__init__(
            bucket_url=url, always_refresh_views=False, warn_unsafe_layout_separators=True
        )
        self._loaders = loaders
        self._folder = folder

    @property
    def client_class(self) -> type[FilesystemClient]:
        """A client that knows the loaders."""
        known = {"loaders": self._loaders, "folder": self._folder}
        return type("LakeClient", (LakeClient,), known)


@dataclass(frozen=True)
class ParquetLake:
    """A folder (`file://` URL) or a bucket that fsspec knows; dlt's settings hold its keys."""

    url: str
    folder: Path

    @classmethod
    def from_settings(cls) -> ParquetLake:
        """The folder or bucket of `LAKE_URL`.

        Raises:
            SettingError: it is not set, or no address that the loads and Spark both understand.
        """
        url = dbt_setting(SETTING, "").rstrip("/")
        if not url:
            raise SettingError(
                f"DBT_TARGET is spark, which needs {SETTING}: the folder or bucket that loads "
                "write and Spark reads, such as file:///data/lake or s3://bucket/lake."
            )
        parts = urlsplit(url)
        if not parts.scheme or (parts.scheme == "file" and not parts.path.startswith("/")):
            raise SettingError(
                f"{SETTING} is {url!r}, which is no address. Write a folder as "
                f"{Path(url).resolve().as_uri()}, a bucket as s3://bucket/lake."
            )
        return cls(url=url, folder=warehouse_path().resolve().parent)

    @property
    def passing_errors(self) -> tuple[type[BaseException], ...]:
        """What the loaders' DuckDB wants."""
        return DUCKDB_PASSING_ERRORS

    @property
    def local_path(self) -> Path | None:
        """The lake's folder; None for a bucket."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    def describe(self) -> str:
        """Its address."""
        return self.without_secrets(self.url)

    def without_secrets(self, text: str) -> str:
        """The text without a password that stands in the address."""
        password = urlsplit(self.url).password
        return text.replace(password, "***") if password else text

    def working_folder(self) -> Path:
        """A hidden folder where the DuckDB file would be, one per address."""
        return self.folder / f".lake_{hashlib.sha256(self.url.encode()).hexdigest()[:12]}_pipelines"

    @contextmanager
    def hold(self, busy: str, patience: float = 0.0) -> Iterator[None]:
        """A lock file in the lake's folder; one on this machine for a bucket."""
        place = self.local_path or self.folder
        name = ".load.lock" if self.local_path else f"{self.working_folder().name}.lock"
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / name).open("a").close()
        except OSError as error:
            raise SettingError(
                f"{SETTING} is {self.describe()}, but {place} cannot be written "
                f"({error.strerror}). Choose a folder you may write to."
            ) from error
        with locks.hold(place / name, busy, patience):
            yield

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Pending packages of a folder that was emptied belong to data that is gone."""
        if self.local_path and not any(self.local_path.glob("raw_*")):
            forget_packages(self.working_folder())
        yield

    def accounts(self) -> list[LoadedAccount]:
        """One file of one line for each account."""
        files, root = self._files()
        folder = f"{root}/{ACCOUNTS_TABLE.replace('.', '/')}"
        files.invalidate_cache()
        lines = [files.cat_file(path) for path in sorted(files.glob(f"{folder}/*.jsonl"))]
        return [LoadedAccount(**json.loads(line)) for line in lines]

    def note_account(self, account: LoadedAccount) -> None:
        """Write the account's file; a folder sees it by a rename, as `LakeClient.put` does."""
        files, root = self._files()
        folder = f"{root}/{ACCOUNTS_TABLE.replace('.', '/')}"
        name, line = f"{account.source}.jsonl", json.dumps(vars(account)).encode() + b"\n"
        if self.local_path is None:
            files.pipe_file(f"{folder}/{name}", line)
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        draft = Path(folder) / f".{name}.draft"
        draft.write_bytes(line)
        draft.replace(Path(folder) / name)

    def _files(self) -> tuple[AbstractFileSystem, str]:
        """The lake's file system, with the credentials of dlt's destination, and its root there."""
        config = resolve_configuration(
            FilesystemConfiguration(bucket_url=self.url), sections=("destination", "filesystem")
        )
        files = fsspec_from_config(config)[0]
        return files, str(self.local_path or files._strip_protocol(self.url)).rstrip("/")

    def destination(self, loaders: Mapping[str, TableLoader]) -> Any:
        """dlt's destination of folders and buckets, with jobs that write whole files."""
        return LakeDestination(self.url, loaders, self.working_folder() / ".staged")
