"""Which reports can be made of a build, in which formats: for the command, the API, the page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

from pipelines.config import setting, warehouse_path
from pipelines.errors import SettingError
from pipelines.published.questions.answers.customer_month import near_matches
from pipelines.published.questions.answers.spans import running_day
from pipelines.published.questions.formatting import clock
from pipelines.published.questions.periods import add_months, month_of
from pipelines.published.reader import Published
from pipelines.reports.company import company_report, is_closed
from pipelines.reports.customer import customer_report
from pipelines.reports.issues import last_issue
from pipelines.reports.model import Report

Format = Literal["pdf", "xlsx", "json"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
MEDIA_TYPES: Final[dict[Format, str]] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
#: The first month that a report can be of.
EARLIEST: Final = date(1970, 1, 1)
#: Longest part of a file name that comes from an id.
_LONGEST_SLUG: Final = 60


class UnknownCustomerError(SettingError):
    """Nobody has the id; the message names customers that are most like it."""


class MonthError(SettingError):
    """There can be no such report of the month; the message names one of which there can."""


def reports_dir() -> Path:
    """Where reports go: the setting REPORTS_DIR, else `reports` beside the warehouse."""
    default = str(warehouse_path().with_name("reports"))
    return Path(setting("REPORTS_DIR", default) or default)


def of_customer(build: Published, customer_id: str, month: date) -> Report:
    """The report of a customer's month, given by its first day; a running month is provisional.

    Raises:
        MonthError: the month has not begun at the build's clock.
        UnknownCustomerError: nobody has the id.
    """
    _check_begun(build, month)
    found = customer_report(build, customer_id, month)
    if found is None:
        raise UnknownCustomerError(_unknown(build, customer_id))
    return found


def of_company(build: Published, month: date, folder: Path | None = None) -> Report:
    """The board report of a closed month, compared with the last issue in `folder`.

    Raises:
        MonthError: the month is not over, or has not begun, at the build's clock.
    """
    facts = build.facts
    _check_begun(build, month)
    if not is_closed(month, facts.as_of, facts.report_timezone):
        last = last_closed(build)
        raise MonthError(
            f"{month:%Y-%m} is not over at the build's clock ({clock(facts.as_of)}), and board "
            f"reports are of closed months. Ask for {last:%Y-%m}, or build again when the month is "
            "over."
        )
    return company_report(build, month, last_issue(folder or reports_dir(), facts.build_id))


def _check_begun(build: Published, month: date) -> None:
    """Raises MonthError for a month that no report can be of."""
    running = month_of(running_day(build.facts.as_of))
    if EARLIEST <= month <= running:
        return
    what = (
        f"has not begun at the build's clock ({clock(build.facts.as_of)})"
        if month > running
        else f"is before {EARLIEST.year}"
    )
    raise MonthError(
        f"{month.year:04}-{month.month:02} {what}. The running month is {running:%Y-%m}, the last "
        f"one that is over {add_months(running, -1):%Y-%m}."
    )


def last_closed(build: Published) -> date:
    """The first day of the last month that is over at the build's clock."""
    facts = build.facts
    month = month_of(facts.as_of.date())
    while not is_closed(month, facts.as_of, facts.report_timezone):
        month = add_months(month, -1)
    return month


def written(report: Report, form: Format) -> bytes:
    """A report in a format. Each writer is only loaded where it is needed."""
    write: Callable[[Report], bytes]
    if form == "pdf":
        from pipelines.reports.pdf import as_pdf as write
    elif form == "xlsx":
        from pipelines.reports.excel import as_excel as write
    else:
        from pipelines.reports.as_json import as_json as write
    return write(report)


def file_name(report: Report, form: Format) -> str:
    """A name for the report's file; see `name_of`."""
    return name_of(report.subject_id, report.month, form)


def name_of(customer_id: str | None, month: date, form: Format) -> str:
    """A name for a file that is safe on any disk, whatever stands in the id (None: the company)."""
    subject = "company" if customer_id is None else f"customer-{_slug(customer_id)}"
    return f"{subject}-{month:%Y-%m}.{form}"


def _slug(text: str) -> str:
    """The text in letters, digits and hyphens; a hash tells apart what would become the same."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:_LONGEST_SLUG]
    if plain == text:
        return text
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _unknown(build: Published, customer_id: str) -> str:
    listed = "; ".join(
        f"{one['customer_id']} ({one['customer_name']})"
        if one["customer_name"]
        else str(one["customer_id"])
        for one in near_matches(build, customer_id)
    )
    near = f" Most like it: {listed}." if listed else " The build has no customers."
    text = f"No customer has the id {customer_id!r}.{near} Ids are in finance.customers."
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
