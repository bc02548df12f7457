"""What lies beside the warehouse and may hold a person: builds, ledgers, keys, seeds, other files.

What belongs to the system is rewritten. Event files, reports and exports are the user's own: they
are searched, and named with their lines where they still hold somebody.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

from pipelines.alerts.command import ledger_path as alerts_ledger_path
from pipelines.alerts.inbox import inbox_path
from pipelines.api.keys import KeyStore
from pipelines.config import dbt_setting
from pipelines.digests.command import ledger_path as digests_ledger_path
from pipelines.erasure.people import Person
from pipelines.erasure.rewriting import Rewriting, record_left, rewrite_duckdb, rewrite_sqlite
from pipelines.files import write_private, write_whole
from pipelines.locks import hold
from pipelines.published import views
from pipelines.published.files import (
    CURRENT,
    DRAFT_PREFIX,
    FACTS_TABLE,
    LOCK,
    build_file,
    build_files,
    current_file,
)

#: Folders beside the warehouse and in the project that a search goes through, where they exist.
_SEARCHED: Final = ("reports", "exports", "logs", "target")
_BLOCK_BYTES: Final = 8 * 2**20


def erase_builds(directory: Path, rewriting: Rewriting) -> dict[str, Counter[str]]:
    """Write every published build anew: file name -> changed rows by table.

    An erased build gets a name of its own, so that servers and caches let the old one go. The link
    leads to a whole build at every moment. A file that cannot be read as a build is removed.

    Raises:
        AlreadyRunningError: somebody is publishing.
        OSError: the folder cannot be written.
    """
    found: dict[str, Counter[str]] = {}
    if not directory.is_dir():
        return found
    busy = f"A build is being published in {directory}. Wait for it to end, then run again."
    with hold(directory / LOCK, busy, patience=60.0):
        for leftover in directory.glob(f"{DRAFT_PREFIX}*"):
            if leftover.is_file() or leftover.is_symlink():
                leftover.unlink()
        for path in build_files(directory):
            found[path.name] = _erase_build(directory, path, rewriting)
    return found


def _erase_build(directory: Path, path: Path, rewriting: Rewriting) -> Counter[str]:
    draft = directory / f"{DRAFT_PREFIX}erased{path.suffix}"
    try:
        counts = rewrite_duckdb(path, draft, rewriting)
        with duckdb.connect(str(draft)) as connection:
            row = connection.execute(f"select build_id from {FACTS_TABLE}").fetchone()
            build_id = str(row[0]).rpartition("_")[0] + "_" + secrets.token_hex(4) if row else ""
            connection.execute(f"update {FACTS_TABLE} set build_id = ?", [build_id])
    except duckdb.Error:
        draft.unlink(missing_ok=True)
        if path.resolve() == current_file(directory):
            (directory / CURRENT).unlink()
        path.unlink()
        return Counter({"unreadable, removed": 1})
    if not counts:
        draft.unlink()
        return counts
    draft.chmod(0o400 | (path.stat().st_mode & 0o444))
    is_current = path.resolve() == current_file(directory)
    new = build_file(directory, build_id)
    draft.rename(new)
    if is_current:
        link = directory / f"{DRAFT_PREFIX}link"
        link.symlink_to(new.name)
        link.replace(directory / CURRENT)
    path.unlink()
    return counts


def erase_ledgers(warehouse: Path, rewriting: Rewriting) -> dict[str, int]:
    """What people were told of, wherever settings keep it: SQLite file -> changed rows.

    Raises:
        AlreadyRunningError: a command that tells people is going on.
    """
    files = {*_ledger_paths(), *warehouse.parent.glob(f"{warehouse.stem}*.sqlite")}
    found = {}
    for path in sorted(files):
        if path.is_file():
            busy = f"Another command is using {path}. Wait for it to end, then run again."
            try:
                with hold(path.with_name(path.name + ".lock"), busy, patience=60.0):
                    found[str(path)] = rewrite_sqlite(path, rewriting)
            except sqlite3.Error as error:
                found[f"{path} (cannot be read: {error})"] = 0
    return found


def _ledger_paths() -> tuple[Path, ...]:
    return alerts_ledger_path(), inbox_path(), digests_ledger_path()


def erase_views(rewriting: Rewriting) -> dict[str, int]:
    """Replace ids and names in the dashboard's saved views; file -> changed views.

    A file that cannot be read is left to the search.

    Raises:
        AlreadyRunningError: somebody is saving a view.
    """
    path = views.views_path()
    if not path.is_file():
        return {}
    with hold(path.with_name(f"{path.name}.lock"), "Views are being changed.", patience=60.0):
        try:
            told = json.loads(path.read_text("utf-8"))
            left = [
                record_left({**row, "choices": record_left(row["choices"], rewriting)}, rewriting)
                for row in told
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        changed = sum(one != two for one, two in zip(told, left, strict=True))
        if changed:
            write_private(path, json.dumps(left, indent=1))
    return {str(path): changed} if changed else {}


def revoke_keys(names: Mapping[str, str]) -> int:
    """Revoke the API keys that read of the person; how many."""
    store = KeyStore()
    return store.forget_customer(names) if store.path.exists() else 0


def erase_seeds(names: Mapping[str, str]) -> dict[str, int]:
    """Replace ids that are whole cells of `customer_map.csv`; file -> changed lines."""
    path = Path(dbt_setting("SEEDS_DIR", "seeds")) / "customer_map.csv"
    if not path.is_file():
        return {}
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    listed = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    cell = re.compile(rf'(?<![^,"\s])({listed})(?![^,"\s])')
    left = (
        [lines[0], *(cell.sub(lambda m: names[m[1]], line) for line in lines[1:])] if lines else []
    )
    changed = sum(one != two for one, two in zip(lines, left, strict=True))
    if changed:
        write_whole(path, "".join(left))
    return {str(path): changed} if changed else {}


def searched(warehouse: Path, published: Path, working: Path) -> Iterator[Path]:
    """Files in which an id may be left: those of the warehouse, of builds, reports and logs."""
    yield from sorted(warehouse.parent.glob(f"{warehouse.stem}*"))
    yield from (path for path in (*_ledger_paths(), views.views_path()) if path.is_file())
    folders = [published, working, _reports()]
    folders += [warehouse.parent / name for name in _SEARCHED]
    folders += [Path(dbt_setting("DBT_LOG_PATH", "logs")), Path(dbt_setting("SEEDS_DIR", "seeds"))]
    folders += [Path(dbt_setting("DBT_TARGET_PATH", "target"))]
    met: set[Path] = set()
    for folder in folders:
        for top, _, names in os.walk(folder):
            for name in sorted(names):
                path = Path(top) / name
                if path.resolve() not in met:
                    met.add(path.resolve())
                    yield path


def _reports() -> Path:
    from pipelines.reports.making import reports_dir  # slow to import

    return reports_dir()


def still_holding(paths: Iterator[Path], person: Person, strong: Mapping[str, str]) -> list[str]:
    """Files whose bytes hold an id or a name that nobody else bears."""
    texts = [*strong, *person.unique_names]
    # JSON may write letters as their numbers
    words = [*{one.encode() for one in (*texts, *(json.dumps(text)[1:-1] for text in texts))}]
    found = []
    for path in paths:
        if words and path.is_file() and not path.is_symlink() and _holds(path, words):
            found.append(str(path))
    return sorted(set(found))


def _holds(path: Path, words: list[bytes]) -> bool:
    pattern = re.compile(
        b"|".join(rb"(?<![\w-])" + re.escape(one) + rb"(?![\w-])" for one in words)
    )
    overlap = max(map(len, words)) + 2
    try:
        with path.open("rb") as file:
            before = b""
            while block := file.read(_BLOCK_BYTES):
                if pattern.search(before + block):
                    return True
                before = block[-overlap:]
    except OSError:
        return False
    return False
