"""The load job of app events: the files that a run found -> rows of the warehouse, in one pass.

Extraction only lists: the load package holds the files' names, sizes and times (the rows of
`event_files`, not yet counted). The job reads each file straight into the warehouse, batch by
batch, each batch in one transaction with its rows of `event_files`. That table is therefore what
makes a job that is run again, after a kill at any moment, go on where it was: no file twice, none
left out. A file that is gone or has changed since it was listed is left to the next listing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import pyarrow.parquet as pq

from pipelines.errors import LoadError
from pipelines.loading.file_listing import (
    FILE_GLOB,
    FileLeftOutError,
    ListedFile,
    list_files,
    shown_name,
    split_format,
)
from pipelines.loading.source import Account
from pipelines.loading.versions import TableStats
from pipelines.sources.app_events.lines import LineStream
from pipelines.sources.app_events.otlp import Attributes, is_otlp
from pipelines.sources.app_events.reader import EventReader, Loaded, Part, UnreadableFileError

#: Files that are read by one statement, at most so many and so large together. The last rows of a
#: statement are packed anew with the next one's, so text, which is streamed, comes in large ones.
BATCH_FILES: Final = 64
BATCH_BYTES: Final = 256 * 2**20
BATCH_BYTES_OF_LINES: Final = 4 * 2**30
DOWNLOAD_BLOCK_BYTES: Final = 8 * 2**20


@dataclass
class FileLoader:
    """Loads the listed files of load packages.

    Args:
        account: whose settings say where the files lie.
        folder: for temporary files; emptied at start and end.
        stats: the run's counters of raw table `events`.
        progress, warn: as of `pipelines.loading.context.RunContext`.
    """

    account: Account
    folder: Path
    stats: TableStats
    progress: Callable[[str], None]
    warn: Callable[[str], None]

    def load(
        self, connection: duckdb.DuckDBPyConnection, schema: str, manifest: Path, load_id: str
    ) -> None:
        """Load the files of a package's `manifest` that it has not loaded yet.

        Raises:
            LoadError: no file may be read, or memory or disk ran out; what was loaded stays.
        """
        self.listing = list_files(self.account)  # a package may be older than this run
        self.attributes = Attributes.from_settings(self.account)
        self.done = 0
        shutil.rmtree(self.folder, ignore_errors=True)  # what a killed run left
        self.folder.mkdir(parents=True)
        try:
            listed = pq.ParquetFile(manifest).read().to_pylist()
            if not listed:
                return
            observed_at = listed[0]["_observed_at"].replace(tzinfo=None)
            self.reader = EventReader(connection, schema, self.folder, load_id, observed_at)
            files = self._not_loaded(connection, schema, load_id, map(_event_file, listed))
            left_out = 0
            for result in self._results(files):
                self._count(result)
                left_out += len(result.left_out)
                self.progress(f"{self.done:,} of {len(files):,} files, {self.stats.new:,} rows")
            if files and left_out == len(files):
                raise LoadError(
                    "none of the files could be opened. Grant the permission to read them, or "
                    f"narrow {self.account.setting_name(FILE_GLOB)}."
                )
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _not_loaded(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: str,
        load_id: str,
        files: Iterable[ListedFile],
    ) -> list[ListedFile]:
        rows = connection.execute(
            f"select file from {schema}.event_files where _dlt_load_id = ?", [load_id]
        ).fetchall()
        loaded = {str(row[0]) for row in rows}
        unchanged = {(file.name, file.version) for file in self.listing.files}
        return [
            file
            for file in files
            if file.name not in loaded and (file.name, file.version) in unchanged
        ]

    def _results(self, files: Sequence[ListedFile]) -> Iterator[Loaded]:
        problems = {file.name: file.problem for file in self.listing.files if file.problem}
        for file in files:
            if file.name in problems:
                self.done += 1
                yield self.reader.load_unreadable(file, problems[file.name])
        files = [file for file in files if file.name not in problems]
        if empty := [file for file in files if not file.size]:
            self.done += len(empty)
            yield self.reader.load_empty(empty)
        tabular = [file for file in files if file.size and file.format != "jsonl"]
        lines = [file for file in files if file.size and file.format == "jsonl"]
        spans = [file for file in lines if self._is_otlp(file)]
        tabular += spans
        lines = [file for file in lines if file not in spans]
        for batch in _batches(tabular, BATCH_BYTES):
            yield from self._tabular(batch)
        for batch in _batches(lines, BATCH_BYTES_OF_LINES):
            yield self.reader.load_lines(LineStream(batch, self._open))
            self.done += len(batch)

    def _is_otlp(self, file: ListedFile) -> bool:
        """Whether it holds OpenTelemetry's spans; what cannot be opened is left to its reader."""
        try:
            with self._open(file) as opened:
                return is_otlp(file, opened)
        except FileLeftOutError:
            return False

    def _count(self, result: Loaded) -> None:
        loaded, quarantined = result.loaded.total(), result.quarantined.total()
        self.stats.new += loaded
        self.stats.quarantined += quarantined
        self.stats.read += loaded + quarantined
        for name, reason in (result.unreadable | result.left_out).items():
            self.warn(f"{shown_name(name)} could not be read: {reason}")

    def _tabular(self, files: Sequence[ListedFile]) -> Iterator[Loaded]:
        """Parquet and CSV files, in one statement; one by one if that fails."""
        parts: list[Part] = []
        temporary: list[Path] = []
        try:
            for file in files:
                self.done += 1
                try:
                    if file.format == "jsonl":
                        with self._open(file) as opened:
                            parts.append(self.reader.otlp_part(file, opened, self.attributes))
                        continue
                    path = self._local_path(file)
                    temporary.append(path)
                    is_parquet = file.format == "parquet"
                    read = self.reader.parquet_part if is_parquet else self.reader.csv_part
                    parts.append(read(file, path))
                except FileLeftOutError as error:
                    yield Loaded(left_out={file.name: str(error)})
                except UnreadableFileError as error:
                    yield self.reader.load_unreadable(file, str(error))
            yield from self._together(parts)
        finally:
            for path in (*temporary, *self.folder.glob("*_*.*")):
                path.unlink(missing_ok=True)

    def _together(self, parts: Sequence[Part]) -> Iterator[Loaded]:
        if not parts:
            return
        try:
            yield self.reader.load(parts)
        except UnreadableFileError as error:
            if len(parts) > 1:
                for part in parts:
                    yield from self._together([part])
            elif not parts[0].is_staged:
                yield from self._staged(parts[0], str(error))
            else:
                yield self.reader.load_unreadable(parts[0].file, str(error))

    def _staged(self, part: Part, reason: str) -> Iterator[Loaded]:
        """A Parquet file that DuckDB cannot read, without the rows that are to blame."""
        try:
            part = self.reader.staged_parquet_part(part.file, part.path)
        except UnreadableFileError:
            yield self.reader.load_unreadable(part.file, reason)
        else:
            yield from self._together([part])

    def _open(self, file: ListedFile) -> IO[bytes]:
        try:
            return self.listing.open(file)
        except PermissionError as error:
            raise FileLeftOutError(
                f"it may not be read. Grant the permission, or narrow "
                f"{self.account.setting_name(FILE_GLOB)}"
            ) from error
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise FileLeftOutError("it is gone; the next run looks for it again") from error

    def _local_path(self, file: ListedFile) -> Path:
        """A path under a plain name (DuckDB would take brackets and stars in one for a pattern)."""
        suffix = ".gz" if file.is_gzipped else ""
        path = self.folder / f"file_{self.done}.{file.format}{suffix}"
        with self._open(file) as source:
            if self.listing.is_local:
                path.symlink_to(self.listing.address(file))
            else:
                with path.open("wb") as target:
                    shutil.copyfileobj(source, target, DOWNLOAD_BLOCK_BYTES)
        return path


def _event_file(row: Mapping[str, Any]) -> ListedFile:
    modified_at = row["modified_at"].replace(tzinfo=None)
    return ListedFile(row["file"], row["size"], modified_at, *split_format(row["format"]))


def _batches(files: Iterable[ListedFile], most_bytes: int) -> Iterator[list[ListedFile]]:
    """Neighbouring files together, as long as they are few and small."""
    batch: list[ListedFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= BATCH_FILES or size + file.size > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
