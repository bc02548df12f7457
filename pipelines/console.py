"""What a person sees of a run: progress on a terminal, plain lines elsewhere, one summary table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.files import without_password

if TYPE_CHECKING:
    from pipelines.run import SourceResult

#: Width of the summary where there is no terminal to ask: wide enough to cut nothing off.
PLAIN_WIDTH = 120
#: Off a terminal, progress of one source is written at most this often (seconds).
PLAIN_INTERVAL = 30.0


class Reporter:
    """Writes progress and errors to standard error, the summary to standard output."""

    def __init__(self, out: Console | None = None, err: Console | None = None) -> None:
        self._out = out or Console()
        if not self._out.is_terminal:
            self._out.width = max(self._out.width, PLAIN_WIDTH)
        self._err = err or Console(stderr=True)

    def line(self, text: str) -> None:
        """One plain line."""
        self._err.print(escape(without_password(text)), soft_wrap=True, highlight=False)

    def print(self, text: str) -> None:
        """Plain lines on standard output: what was asked for."""
        self._out.print(escape(text), soft_wrap=True, highlight=False)

    def error(self, text: str) -> None:
        """One line that says what went wrong and what to do."""
        self._err.print(
            f"[red]error:[/red] {escape(without_password(text))}", soft_wrap=True, highlight=False
        )

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
        """Rows on standard output, in columns that nothing is cut off of; `empty` without any."""
        if not rows:
            self.line(empty)
            return
        widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
        for row in (titles, *rows):
            cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
            self.print("  ".join(cells).rstrip())

    @contextmanager
    def source(self, name: str) -> Iterator[Callable[[str], None]]:
        """Show that a source is being loaded; yields a function that updates the line."""
        if self._err.is_terminal:
            with self._err.status(f"{name}: starting") as status:
                yield lambda text: status.update(f"{name}: {escape(text)}")
            return
        self.line(f"{name}: loading")
        last = time.monotonic()

        def update(text: str) -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_INTERVAL:
                last = time.monotonic()
                self.line(f"{name}: {text}")

        yield update

    def summary(self, results: Sequence[SourceResult]) -> None:
        """The table at the end of a run, then warnings and errors in full."""
        table = Table(title="Loads", title_justify="left")
        table.add_column("source")
        for column in ("tables", "new", "changed", "deleted", "quarantined", "requests", "seconds"):
            table.add_column(column, justify="right")
        table.add_column("result")
        for result in results:
            stats = result.tables.values()
            table.add_row(
                result.source,
                str(sum(1 for one in stats if one.new or one.changed or one.deleted)),
                f"{sum(one.new for one in stats):,}",
                f"{sum(one.changed for one in stats):,}",
                f"{sum(one.deleted for one in stats):,}",
                f"{sum(one.quarantined for one in stats):,}",
                f"{result.requests:,}",
                f"{result.seconds:.1f}",
                "[red]failed[/red]" if result.error else "loaded",
            )
        self._out.print(table)
        for result in results:
            for warning in result.warnings:
                self.line(f"{result.source}: {warning}")
        for result in results:
            if result.error:
                self.error(result.error)
