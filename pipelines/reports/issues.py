"""What was issued: the figures of each board report, so that the next one can say what changed.

One file an issue, `<REPORTS_DIR>/issued/company-<month>-<build>.json`. It holds figures of the
company alone, no customer, so that nothing in it is about a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pipelines.files import write_private
from pipelines.reports.model import Report

Figures = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Issue:
    """A board report as it was given out. `figures` are month -> name -> decimal as text."""

    month: str
    build_id: str
    as_of: datetime
    issued_at: datetime
    currency: str
    figures: Figures


@dataclass(frozen=True)
class Difference:
    """A figure of a closed month that is not what was issued; None where it was or is unknown."""

    month: date
    name: str
    before: Decimal | None
    now: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """By how much; None where one of the two is unknown."""
        return None if self.before is None or self.now is None else self.now - self.before


def last_issue(folder: Path, build_id: str) -> Issue | None:
    """The newest issue that was made from another build than this; None without one.

    A file that cannot be read is no issue: reports are made whatever lies beside them.
    """
    found = [issue for issue in _issues(folder) if issue.build_id != build_id]
    return max(found, key=lambda issue: issue.issued_at, default=None)


def note_issue(folder: Path, report: Report, now: datetime) -> None:
    """Write down what a report said, for the next one.

    Raises:
        OSError: the folder cannot be written.
    """
    issue = Issue(
        report.month_text, report.build_id, report.as_of, now, report.currency, report.figures
    )
    said = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(issue).items()
    }
    path = folder / "issued" / f"company-{issue.month}-{issue.build_id}.json"
    write_private(path, json.dumps(said, indent=1) + "\n")


def differences(before: Figures, now: Figures) -> Iterator[Difference]:
    """Figures of months that both know and that differ, the newest month first."""
    for month in sorted(before.keys() & now.keys(), reverse=True):
        for name in [*now[month], *(before[month].keys() - now[month].keys())]:
            was, is_ = before[month].get(name), now[month].get(name)
            found = Difference(
                date.fromisoformat(f"{month}-01"),
                name,
                None if was is None else Decimal(was),
                None if is_ is None else Decimal(is_),
            )
            if found.before != found.now:
                yield found


def _issues(folder: Path) -> Iterator[Issue]:
    for path in sorted((folder / "issued").glob("company-*.json")):
        try:
            said = json.loads(path.read_text("utf-8"))
            yield Issue(
                str(said["month"]),
                str(said["build_id"]),
                datetime.fromisoformat(said["as_of"]),
                datetime.fromisoformat(said["issued_at"]),
                str(said["currency"]),
                {
                    f"{date.fromisoformat(f'{month}-01'):%Y-%m}": {
                        str(name): f"{Decimal(value):f}" for name, value in figures.items()
                    }
                    for month, figures in said["figures"].items()
                },
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            continue
