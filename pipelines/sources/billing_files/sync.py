"""One reading of all billing files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.versions import BATCH_ROWS, VersionWriter
from pipelines.sources.billing_files.files import (
    UNREADABLE,
    CellError,
    FileLeftOutError,
    FileRow,
    read_cells,
)
from pipelines.sources.billing_files.tables import FILES, BillingFile

_SHOWN = 3


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
        heads: dict[str, tuple[FileRow, dict[str, Any]]] = {}
        problems: list[str] = []
        nameless: list[str] = []
        count = 0
        for path in paths:
            try:
                for row in self.folder.rows(path, kind):
                    count += 1
                    if not self._add(writer, kind, row, first_lines, heads):
                        nameless.append(f"{_place(row)}: nobody can say which row it is")
                    yield from writer.flush(at_least=BATCH_ROWS)
            except FileLeftOutError as error:
                problems.append(str(error))
                self.context.warn(f"left out {error}")
        problems += nameless[:_SHOWN]
        if paths and not problems:
            writer.close_unseen(observed_at=self.context.observed_at)
        reason = "; ".join(problems) or None
        self.sync.done(
            self.folder.label(kind), count, is_complete=bool(paths) and not problems, reason=reason
        )

    def _add(
        self,
        writer: VersionWriter,
        kind: BillingFile,
        row: FileRow,
        first_lines: dict[str, str],
        heads: dict[str, tuple[FileRow, dict[str, Any]]],
    ) -> bool:
        """Add a row, or put it into quarantine; what was last read of it then stays.

        Returns whether its key could be read: without, no row that was read before is known to be
        gone.
        """
        key_cells = [row.cells.get(name, "").strip() for name in kind.key]
        row_id = "|".join(key_cells)
        try:
            values = read_cells(row, kind)
            _check_alike(kind, values, *heads.setdefault(key_cells[0], (row, values)))
        except CellError as error:
            self._refuse(writer, row, row_id if all(key_cells) else None, error)
            return all(key_cells) and error.column not in kind.key
        if row_id in first_lines:
            remedy = (
                f"the same {', '.join(kind.key)} stand in {first_lines[row_id]}; "
                "delete one of the rows"
            )
            self._refuse(writer, row, row_id, CellError(kind.key[-1], remedy))
            return True
        first_lines[row_id] = _place(row)
        self.sync.add(kind.table, {"id": row_id, **values})
        return True

    def _refuse(
        self, writer: VersionWriter, row: FileRow, row_id: str | None, error: CellError
    ) -> None:
        if row_id is not None:
            writer.seen.add(row_id)
        column = "" if error.column in UNREADABLE else f", column {error.column}"
        reason = f"{_place(row)}{column}: {error.remedy}"
        writer.quarantine(dict(row.cells), row_id, error.column, reason, self.context.observed_at)


def _check_alike(
    kind: BillingFile, values: dict[str, Any], head: FileRow, head_values: dict[str, Any]
) -> None:
    """Raise CellError where lines of one invoice are of two customers or currencies."""
    for column in kind.alike:
        if values[column] != head_values[column]:
            raise CellError(
                column,
                f"{values[column]} differs from {head_values[column]} in {_place(head)}, "
                f"of the same {kind.key[0]}; give the row another {kind.key[0]}",
            )


def _place(row: FileRow) -> str:
    return row.place or f"{row.file}, line {row.line}"
