"""One reading of all billing files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.versions import BATCH_ROWS, VersionWriter
from pipelines.sources.billing_files.files import (
    CellError,
    FileLeftOutError,
    FileRow,
    read_cells,
)
from pipelines.sources.billing_files.tables import FILES, BillingFile


class Rows(Protocol):
    """Where billing rows come from: files of a folder, or what a TOML file describes."""

    def names(self) -> dict[str, list[str]]:
        """Prefix of a kind -> what holds its rows."""
        ...

    def label(self, kind: BillingFile) -> str:
        """What a kind is called among what a load reads."""
        ...

    def rows(self, path: str, kind: BillingFile) -> Iterator[FileRow]:
        """Rows of one of `names`."""
        ...


@dataclass
class FileSync:
    """What one run reads."""

    folder: Rows
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        names = self.folder.names()
        if not any(names.values()):
            self.context.warn(
                "no billing file was found; their names begin with "
                f"{', '.join(one.prefix for one in FILES)} and end with .csv."
            )
        for kind in FILES:
            yield from self._read_kind(kind, names[kind.prefix])
        yield from self.sync.finish()

    def _read_kind(self, kind: BillingFile, paths: list[str]) -> ArrowRows:
        writer = self.sync.writer(kind.table)
        first_lines: dict[str, str] = {}
        problems = []
        count = 0
        for path in paths:
            try:
                for row in self.folder.rows(path, kind):
                    count += 1
                    self._add(writer, kind, row, first_lines)
                    yield from writer.flush(at_least=BATCH_ROWS)
            except FileLeftOutError as error:
                problems.append(str(error))
                self.context.warn(f"left out {error}")
        if paths and not problems:
            writer.close_unseen(observed_at=self.context.observed_at)
        reason = "; ".join(problems) or None
        self.sync.done(
            self.folder.label(kind), count, is_complete=bool(paths) and not problems, reason=reason
        )

    def _add(
        self, writer: VersionWriter, kind: BillingFile, row: FileRow, first_lines: dict[str, str]
    ) -> None:
        """Add a row, or put it into quarantine; what was last read of it then stays."""
        key_cells = [row.cells.get(name, "").strip() for name in kind.key]
        row_id = "|".join(key_cells)
        place = row.place or f"{row.file}, line {row.line}"
        try:
            values = read_cells(row, kind)
            if row_id in first_lines:
                raise CellError(
                    kind.key[-1],
                    f"the same {', '.join(kind.key)} stand in {first_lines[row_id]}; "
                    "delete one of the rows",
                )
        except CellError as error:
            writer.seen.add(row_id)
            writer.quarantine(
                dict(row.cells),
                row_id if all(key_cells) else None,
                error.column,
                f"{place}, column {error.column}: {error.remedy}",
                self.context.observed_at,
            )
            return
        first_lines[row_id] = place
        self.sync.add(kind.table, {"id": row_id, **values})
