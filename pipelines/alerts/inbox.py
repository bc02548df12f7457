"""What people did about alerts: a SQLite file beside the warehouse, one truth for page and command.

Acts are appended and never changed: who did what, when, about which episode of an alert (rule,
thing watched and first period). How an episode stands is the fold of its acts. What was
acknowledged, snoozed or done as a warning asks again once it is critical.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from pipelines.alerts.transitions import SEVERITIES
from pipelines.config import setting, warehouse_path
from pipelines.errors import SettingError

#: What can be done, and the state that it leaves (None: the state stays).
ACTIONS: Final[Mapping[str, str | None]] = {
    "acknowledge": "acknowledged",
    "snooze": "snoozed",
    "done": "done",
    "reopen": "open",
    "assign": None,
    "note": None,
}
LONGEST_TEXT: Final = 2_000
LONGEST_NAME: Final = 200

_TABLE: Final = """
create table if not exists acts (
    act_id integer primary key,
    alert_id text not null, dimension text not null, dimension_value text not null,
    period_start text not null, severity text not null,
    action text not null, text text not null, until text,
    who text not null, at text not null
);
"""


@dataclass(frozen=True, order=True)
class Episode:
    """What an act is about: a rule, the thing that it watches, and the alert's first period."""

    alert_id: str
    dimension: str
    dimension_value: str
    period_start: date

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Episode:
        """The episode of a row of `monitoring.alerts`."""
        return cls(row["alert_id"], row["dimension"], row["dimension_value"], row["period_start"])

    @property
    def name(self) -> str:
        """How the command and the address call it: `churn_high`, `errors@/v1/chat@2026-10-01`."""
        thing = "" if self.dimension == "all" else f"@{self.dimension_value}"
        return f"{self.alert_id}{thing}@{self.period_start.isoformat()}"


@dataclass(frozen=True)
class Act:
    """One thing that somebody did. `at` is aware UTC; from the day `until` on it does not hold."""

    episode: Episode
    severity: str
    action: str
    text: str
    until: date | None
    who: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """How an episode stands: open, acknowledged, snoozed or done; and who has it."""

    state: str = "open"
    until: date | None = None
    assignee: str = ""
    acts: tuple[Act, ...] = field(default=())


def inbox_path() -> Path:
    """The file: the setting ALERTS__INBOX_PATH, else beside the warehouse."""
    warehouse = warehouse_path()
    default = warehouse.with_name(f"{warehouse.stem}.inbox.sqlite")
    return Path(setting("ALERTS__INBOX_PATH", str(default)) or default)


def act(
    episode: Episode,
    severity: str,
    action: str,
    who: str,
    text: str = "",
    until: date | None = None,
    path: Path | None = None,
) -> Act:
    """Write down what somebody did.

    Args:
        episode: what it is about.
        severity: of the alert at that moment.
        action: a key of `ACTIONS`.
        who: who did it, as signed in or as called on this machine.
        text: a note, or who it is assigned to (empty takes it from everybody).
        until: for a snooze, the day it ends.
        path: the file; default: `inbox_path()`.

    Raises:
        SettingError: nothing was written: the act is no act, or the file cannot be written.
    """
    text = text.strip()
    if action not in ACTIONS:
        raise SettingError(f"There is no action {action!r}. Actions: {', '.join(ACTIONS)}.")
    if action == "snooze" and (until is None or until <= datetime.now(UTC).date()):
        raise SettingError("A snooze needs a day after today on which it ends.")
    if action == "note" and not text:
        raise SettingError("The note is empty.")
    longest = LONGEST_TEXT if action == "note" else LONGEST_NAME
    if len(text) > longest or not all(one.isprintable() or one in "\n\t" for one in text):
        raise SettingError(f"The text is longer than {longest} signs, or not all can be printed.")
    done = Act(episode, severity, action, text, until if action == "snooze" else None,
               who[:LONGEST_NAME] or "somebody", datetime.now(UTC))  # fmt: skip
    file = path or inbox_path()
    try:
        with _opened(file, may_create=True) as connection:
            connection.execute(
                "insert into acts (alert_id, dimension, dimension_value, period_start, severity, "
                "action, text, until, who, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    episode.alert_id, episode.dimension, episode.dimension_value,
                    episode.period_start.isoformat(), severity, action, text,
                    done.until.isoformat() if done.until else None, done.who, done.at.isoformat(),
                ),
            )  # fmt: skip
    except (OSError, sqlite3.Error) as error:
        raise SettingError(
            f"{file.name} beside the warehouse cannot be written ({error}); nothing was kept."
        ) from error
    return done


def acts(path: Path | None = None) -> list[Act]:
    """Everything that was done, oldest first; nothing without a file.

    Raises:
        SettingError: the file cannot be read.
    """
    file = path or inbox_path()
    if not file.exists():
        return []
    try:
        with _opened(file, may_create=False) as connection:
            rows = connection.execute(
                "select alert_id, dimension, dimension_value, period_start, severity, action, "
                "text, until, who, at from acts order by act_id"
            ).fetchall()
        return [
            Act(
                Episode(alert_id, dimension, value, date.fromisoformat(start)),
                severity,
                action,
                text,
                date.fromisoformat(until) if until else None,
                who,
                datetime.fromisoformat(at),
            )
            for alert_id, dimension, value, start, severity, action, text, until, who, at in rows
        ]
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise SettingError(
            f"{file.name} beside the warehouse cannot be read ({error}). Move it away to begin "
            "anew, or bring back a copy."
        ) from error


def standings(done: Sequence[Act], today: date) -> dict[Episode, Standing]:
    """How every episode that somebody touched stands on a day."""
    found: dict[Episode, Standing] = {}
    for one in done:
        now = found.get(one.episode, Standing())
        state = ACTIONS.get(one.action)
        if state is not None:
            now = replace(now, state=state, until=one.until)
        if one.action == "assign":
            now = replace(now, assignee=one.text)
        found[one.episode] = replace(now, acts=(*now.acts, one))
    return {
        episode: replace(now, state="open", until=None)
        if now.state == "snoozed" and now.until is not None and now.until <= today
        else now
        for episode, now in found.items()
    }


def standing_of(found: Mapping[Episode, Standing], episode: Episode, severity: str) -> Standing:
    """How an alert of a severity stands: settled as a warning, it is open again as critical."""
    now = found.get(episode, Standing())
    settled = [one for one in now.acts if ACTIONS.get(one.action)]
    if now.state == "open" or not settled:
        return now
    grew = SEVERITIES.get(severity, 0) > SEVERITIES.get(settled[-1].severity, 0)
    return replace(now, state="open", until=None) if grew else now


@contextmanager
def _opened(path: Path, *, may_create: bool) -> Iterator[sqlite3.Connection]:
    """The file, private to its owner, in one transaction."""
    if may_create:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        connection.executescript(_TABLE)
        yield connection
