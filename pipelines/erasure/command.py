"""`usage-vs-revenue forget CUSTOMER`: find, ask, erase, say what was erased where.

    .<warehouse stem>_erasure_pending.json   whom, while it is going on; a run that was killed is
                                             finished by the next one, whomever that names
    <warehouse stem>.erasures/               receipts, JSON and text; they hold pseudonyms only

It holds the locks of loads, refreshes and publishing. The ledger is written first, so whatever
happens then, no load brings the person back.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.config import pipelines_dir, published_dir, target, warehouse_path
from pipelines.console import Reporter
from pipelines.erasure import people, places
from pipelines.erasure.ledger import Ledger
from pipelines.erasure.people import Person
from pipelines.erasure.rewriting import Rewriting, rewrite_duckdb
from pipelines.errors import EXIT_FAILED, EXIT_OK, ProjectError, SettingError, UnreachableError
from pipelines.files import literal, quote, write_private
from pipelines.loading.email_hashes import EmailHasher
from pipelines.locks import hold
from pipelines.published.files import build_files
from pipelines.warehouses import chosen_warehouse
from pipelines.warehouses.base import forget_packages

#: Seconds that it waits for a load or build that is going on.
PATIENCE: Final = 60.0

_NOTES: Final = (
    "Event files are yours: the lines above still hold the person, and later loads replace them.",
    "The providers keep what they know: erase the customer there, too.",
    "Backups, exports and reports that were handed out are not reached.",
    "The ledger of erasures keeps keyed hashes of the ids; keep that file with your backups.",
)


@dataclass
class Receipt:
    """What was erased where; it names pseudonyms, never who it was."""

    kind: str
    pseudonyms: list[str]
    is_dry_run: bool
    erased_at: str = ""
    warehouse_rows: dict[str, int] = field(default_factory=dict)
    builds: dict[str, dict[str, int]] = field(default_factory=dict)
    ledgers: dict[str, int] = field(default_factory=dict)
    api_keys_revoked: int = 0
    seeds: dict[str, int] = field(default_factory=dict)
    event_files: dict[str, dict[str, Any]] = field(default_factory=dict)
    still_held_by: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = _NOTES

    def as_text(self) -> str:
        """The receipt for people, one fact a line."""
        verb = "would be erased" if self.is_dry_run else "was erased"
        lines = [f"{self.kind} {verb}; in numbers that stay: {', '.join(self.pseudonyms)}"]
        lines += _counted("warehouse", self.warehouse_rows)
        for name, rows in self.builds.items():
            lines.append(f"published {name}: {sum(rows.values()):,} rows in {len(rows)} tables")
        lines += [f"ledger {name}: {rows:,} rows" for name, rows in self.ledgers.items()]
        if self.api_keys_revoked:
            lines.append(f"API keys revoked: {self.api_keys_revoked}")
        lines += [f"seed {name}: {rows:,} lines" for name, rows in self.seeds.items()]
        for name, held in self.event_files.items():
            listed = ", ".join(map(str, held["first_lines"]))
            lines.append(f"your event file {name} holds {held['rows']:,} rows (lines {listed})")
        lines += [
            f"still held by {name}: remove it or the person in it" for name in self.still_held_by
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def forget(
    wanted: str, *, dry_run: bool, yes: bool, reporter: Reporter, ask: Callable[[str], str] = input
) -> int:
    """Erase who bears the id `wanted`; returns the exit code.

    0: erased (or, in a dry run, shown); 1: files of the system still hold the person, the receipt
    names them; 2: wrong use, settings or refused; 3: a load, a build or a refresh is going on.
    """
    os.umask(0o077)
    try:
        path = _warehouse()
        busy = f"Something is loading or building {path}. Wait for it to end, then run again."
        with (
            hold(path.with_name(path.name + ".refresh.lock"), busy, 0.0 if dry_run else PATIENCE),
            chosen_warehouse().hold(busy, PATIENCE),
        ):
            return _Erasure(path, reporter).run(wanted, dry_run=dry_run, yes=yes, ask=ask)
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    except (OSError, duckdb.Error) as error:
        said = " ".join(str(error).split())[:400]
        reporter.error(
            f"The erasure could not be finished ({said}). What was not erased yet stays as it was: "
            "mend the cause and run the same command again."
        )
        return EXIT_FAILED


def _warehouse() -> Path:
    if target() != "dev":
        raise SettingError(
            f"forget can rewrite a DuckDB warehouse only, and DBT_TARGET is {target()}. "
            "docs/settings.md says what to do on PostgreSQL and Spark."
        )
    path = warehouse_path()
    if not path.is_file():
        raise SettingError(f"There is no warehouse at {path}. Set WAREHOUSE_PATH.")
    return path


@dataclass
class _Erasure:
    path: Path
    reporter: Reporter

    def __post_init__(self) -> None:
        folder = self.path.resolve().parent
        self.pending = folder / f".{self.path.stem}_erasure_pending.json"
        self.ledger = Ledger.beside(self.path)

    def run(self, wanted: str, *, dry_run: bool, yes: bool, ask: Callable[[str], str]) -> int:
        unfinished = self._unfinished()
        if unfinished and not dry_run:
            self.reporter.line("An erasure that was interrupted is finished first.")
            code = self._erase(unfinished)
            if wanted in unfinished.ids or code != EXIT_OK:
                return code
        person = self._person(wanted)
        if dry_run:
            self.reporter.print(self._looked_at(person).as_text())
            return EXIT_OK
        self._confirm(person, yes=yes, ask=ask)
        return self._erase(person)

    def _unfinished(self) -> Person | None:
        try:
            return Person(**json.loads(self.pending.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise SettingError(
                f"{self.pending} cannot be read ({type(error).__name__}). It says which erasure "
                "was interrupted: remove it and run `forget` again for that customer."
            ) from error

    def _person(self, wanted: str) -> Person:
        hasher = EmailHasher.from_settings(self.path)
        try:
            with _opened(self.path) as connection:
                return people.find(connection, "warehouse", wanted, hasher)
        except SettingError:
            entry = self.ledger.find(wanted)
            if entry is None:
                raise
            # erased before: whatever holds the id again goes again
            return Person(entry.role, {wanted: list(entry.sources)})

    def _confirm(self, person: Person, *, yes: bool, ask: Callable[[str], str]) -> None:
        said = f"{len(person.ids)} ids and {len(person.names)} names of a {person.kind}"
        if yes:
            self.reporter.line(f"forget: {said}")
            return
        if not sys.stdin.isatty() and ask is input:
            raise SettingError(
                f"This erases {said}, for good. Add --yes to go on, or --dry-run to look."
            )
        answer = ask(f"This erases {said}, for good. Type yes to go on: ")
        if answer.strip().lower() != "yes":
            raise SettingError("Nothing was erased.")

    def _erase(self, person: Person) -> int:
        write_private(self.pending, json.dumps(person.as_dict()))
        people.note(self.ledger, person)
        rewriting = Rewriting(self.ledger, person)
        receipt = _receipt(rewriting, dry_run=False)
        receipt.warehouse_rows = dict(self._erase_warehouse(rewriting))
        builds = places.erase_builds(published_dir(), rewriting)
        receipt.builds = {name: dict(counts) for name, counts in builds.items()}
        receipt.ledgers = places.erase_ledgers(self.path, rewriting)
        receipt.api_keys_revoked = places.revoke_keys(rewriting.forms)
        receipt.seeds = places.erase_seeds(rewriting.forms)
        files = places.searched(self.path, published_dir())
        receipt.still_held_by = places.still_holding(
            (path for path in files if path.resolve() != self.pending), person, rewriting.strong
        )
        self._keep(receipt)
        self.pending.unlink()
        self.reporter.print(receipt.as_text())
        return EXIT_FAILED if receipt.still_held_by else EXIT_OK

    def _erase_warehouse(self, rewriting: Rewriting) -> Counter[str]:
        """Write the warehouse anew. Packages that wait to be loaded are dropped and read again."""
        forget_packages(pipelines_dir(self.path))
        with _writable(self.path):
            pass  # what a killed process left in its log is folded in
        draft = self.path.with_name(f".{self.path.stem}_erasing.duckdb")
        counts = rewrite_duckdb(self.path, draft, rewriting)
        draft.chmod(self.path.stat().st_mode & 0o777)
        draft.replace(self.path.resolve())
        return counts

    def _looked_at(self, person: Person) -> Receipt:
        """What an erasure would reach; nothing is written."""
        ledger = Ledger(self.ledger.path, self.ledger.key or "0", dict(self.ledger.erased))
        for text, sources in person.ids.items():
            ledger.add(text, person.kind, sources)
        rewriting = Rewriting(ledger, person)
        receipt = _receipt(rewriting, dry_run=True)
        if not self.ledger.key:
            receipt.pseudonyms = ["(made when it is erased)"]
        receipt.warehouse_rows = _rows_held(self.path, rewriting)
        for build in build_files(published_dir()):
            receipt.builds[build.name] = _rows_held(build, rewriting)
        return receipt

    def _keep(self, receipt: Receipt) -> None:
        now = datetime.now(UTC)
        receipt.erased_at = now.isoformat(timespec="seconds")
        folder = self.path.with_name(f"{self.path.stem}.erasures")
        name = f"erasure_{now:%Y%m%dT%H%M%S%f}"
        write_private(folder / f"{name}.json", json.dumps(vars(receipt), indent=2) + "\n")
        write_private(folder / f"{name}.txt", receipt.as_text() + "\n")
        self.reporter.line(f"receipt: {folder / name}.json")


def _receipt(rewriting: Rewriting, *, dry_run: bool) -> Receipt:
    receipt = Receipt(
        rewriting.person.kind, sorted(set(rewriting.forms.values())), is_dry_run=dry_run
    )
    receipt.event_files = {
        file: {"rows": rows, "first_lines": lines}
        for file, (rows, lines) in rewriting.person.files.items()
    }
    return receipt


def _rows_held(path: Path, rewriting: Rewriting) -> dict[str, int]:
    """Rows by table that hold the person."""
    found = {}
    try:
        with _opened(path) as connection:
            tables: dict[tuple[str, str], dict[str, str]] = {}
            for schema, table, column, kind in connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns() "
                "join duckdb_tables() using (database_name, schema_name, table_name) "
                "where database_name = 'warehouse'"
            ).fetchall():
                tables.setdefault((schema, table), {})[column] = kind
            for (schema, table), types in sorted(tables.items()):
                condition = rewriting.touches(list(types), types)
                row = connection.execute(
                    f"select count(*) from warehouse.{quote(schema)}.{quote(table)} "
                    f"where {condition}"
                ).fetchone()
                if row and row[0]:
                    found[f"{schema}.{table}"] = int(row[0])
    except duckdb.Error:
        return {"cannot be read": 0}
    return found


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that reads a file as database `warehouse`.

    Raises:
        UnreachableError: another program has it open for writing.
    """
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    try:
        connection.execute(f"attach {literal(str(path))} as warehouse (read_only)")
    except duckdb.IOException as error:
        connection.close()
        raise UnreachableError(
            f"{path} cannot be opened: is it open in another program? Close that and run again."
        ) from error
    return connection


def _writable(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={"memory_limit": "1GB"})
    except duckdb.IOException as error:
        raise UnreachableError(
            f"{path} is open in another program. Close that and run again: nothing was changed."
        ) from error


def _counted(place: str, rows: Mapping[str, int]) -> list[str]:
    total = f"{place}: {sum(rows.values()):,} rows in {len(rows)} tables"
    return [total, *(f"  {name}: {count:,}" for name, count in sorted(rows.items()))]
