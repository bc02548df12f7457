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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.config import published_dir, warehouse_path
from pipelines.console import Reporter
from pipelines.erasure import people, places
from pipelines.erasure.ledger import Ledger
from pipelines.erasure.people import Person
from pipelines.erasure.rewriting import Rewriting
from pipelines.erasure.tables import ErasableTables, chosen_tables, rows_held
from pipelines.errors import EXIT_FAILED, EXIT_OK, ProjectError, SettingError
from pipelines.files import write_private
from pipelines.loading.email_hashes import EmailHasher
from pipelines.locks import hold
from pipelines.published.files import build_files
from pipelines.warehouses import chosen_warehouse

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
        path, tables = warehouse_path(), chosen_tables()
        busy = (
            f"Something is loading or building {tables.describe()}. Wait for it to end, then run "
            "again."
        )
        with (
            hold(path.with_name(path.name + ".refresh.lock"), busy, 0.0 if dry_run else PATIENCE),
            chosen_warehouse().hold(busy, PATIENCE),
        ):
            return _Erasure(path, tables, reporter).run(wanted, dry_run=dry_run, yes=yes, ask=ask)
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


@dataclass
class _Erasure:
    path: Path
    tables: ErasableTables
    reporter: Reporter

    def __post_init__(self) -> None:
        folder = self.path.resolve().parent
        self.pending = folder / f".{self.path.stem}_erasure_pending.json"
        self.ledger = Ledger.beside(self.path)

    def run(self, wanted: str, *, dry_run: bool, yes: bool, ask: Callable[[str], str]) -> int:
        unfinished = self._unfinished()
        if unfinished and not dry_run:
            self.reporter.line("An erasure that was interrupted is finished first.")
            code = self._erase(unfinished, is_second=True)
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
            return self.tables.find(wanted, hasher)
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

    def _erase(self, person: Person, *, is_second: bool = False) -> int:
        write_private(self.pending, json.dumps(person.as_dict()))
        people.note(self.ledger, person)
        rewriting = Rewriting(self.ledger, person)
        receipt = _receipt(rewriting, dry_run=False)
        receipt.warehouse_rows = dict(self.tables.erase(rewriting, is_second=is_second))
        builds = places.erase_builds(published_dir(), rewriting)
        receipt.builds = {name: dict(counts) for name, counts in builds.items()}
        ledgers = places.erase_ledgers(self.path, rewriting)
        receipt.ledgers = {**ledgers, **places.erase_views(rewriting)}
        receipt.api_keys_revoked = places.revoke_keys(rewriting.forms)
        receipt.seeds = places.erase_seeds(rewriting.forms)
        receipt.notes = (*receipt.notes, *self.tables.notes)
        working = chosen_warehouse().working_folder()
        files = places.searched(self.path, published_dir(), working)
        receipt.still_held_by = places.still_holding(
            (path for path in files if path.resolve() != self.pending), person, rewriting.strong
        )
        self._keep(receipt)
        self.pending.unlink()
        self.reporter.print(receipt.as_text())
        return EXIT_FAILED if receipt.still_held_by else EXIT_OK

    def _looked_at(self, person: Person) -> Receipt:
        """What an erasure would reach; nothing is written."""
        ledger = Ledger(self.ledger.path, self.ledger.key or "0", dict(self.ledger.erased))
        for text, sources in person.ids.items():
            ledger.add(text, person.kind, sources)
        rewriting = Rewriting(ledger, person)
        receipt = _receipt(rewriting, dry_run=True)
        if not self.ledger.key:
            receipt.pseudonyms = ["(made when it is erased)"]
        receipt.warehouse_rows = self.tables.rows_held(rewriting)
        for build in build_files(published_dir()):
            receipt.builds[build.name] = rows_held(build, rewriting)
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


def _counted(place: str, rows: Mapping[str, int]) -> list[str]:
    total = f"{place}: {sum(rows.values()):,} rows in {len(rows)} tables"
    return [total, *(f"  {name}: {count:,}" for name, count in sorted(rows.items()))]
