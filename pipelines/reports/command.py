"""`usage-vs-revenue report`: write a report of a month, and send it where people want it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pipelines.alerts import sending
from pipelines.alerts.transitions import plain_text
from pipelines.config import setting
from pipelines.console import Reporter
from pipelines.errors import EXIT_FAILED, EXIT_OK, EXIT_WRONG_USE, ProjectError, SettingError
from pipelines.published.reader import open_published
from pipelines.reports.model import Report, as_text, change_text

if TYPE_CHECKING:
    from pipelines.reports.making import Format

#: The address where people open the dashboard: links in messages begin with it.
BASE_URL: Final = "DASHBOARD_URL"
#: Facts of the first section that a message tells.
_TOLD: Final = 8


def add_parsers(commands: Any, month: Any) -> None:
    """Declare the command. `month` reads `YYYY-MM` as the month's first day."""
    parser = commands.add_parser(
        "report",
        help="Write a month's report of a customer or of the company, as PDF, Excel or JSON",
        description=(
            "Writes from the published build into REPORTS_DIR (default: data/reports). Exit codes: "
            "0 written, and delivered where asked; 1 written, but not delivered to everybody; 2 "
            "wrong use or settings, nothing written."
        ),
    )
    subjects = parser.add_subparsers(dest="report_of", required=True)
    customer = subjects.add_parser("customer", help="use, cost, performance, advice, trend")
    customer.add_argument("customer", metavar="ID", help="as in finance.customers")
    company = subjects.add_parser("company", help="board report of a closed month")
    for one in (customer, company):
        one.add_argument("--month", type=month, required=True, metavar="YYYY-MM")
        one.add_argument(
            "--format",
            dest="formats",
            type=_formats,
            nargs="+",
            action="extend",
            metavar="FORMAT",
            help="pdf, xlsx, json; several are allowed (default: pdf)",
        )
        one.add_argument("--output", metavar="PATH", help="a file, or a folder for several")
        one.add_argument(
            "--send", action="store_true", help="deliver to the addresses of ALERTS__URLS, too"
        )
        one.set_defaults(execute=execute)


def _formats(text: str) -> list[str]:
    from pipelines.reports.making import FORMATS

    asked = [part for part in text.replace(",", " ").split() if part]
    unknown = [part for part in asked if part not in FORMATS]
    if unknown or not asked:
        raise argparse.ArgumentTypeError(
            f"{' '.join(unknown) or text!r} is no format; one or more of {', '.join(FORMATS)}"
        )
    return asked


def execute(args: argparse.Namespace) -> int:
    """Write, send; returns the exit code."""
    asked = [one for given in args.formats or [] for one in given]
    return report(
        args.customer if args.report_of == "customer" else None,
        args.month,
        list(dict.fromkeys(asked)),
        args.output,
        send=args.send,
        reporter=Reporter(),
    )


def report(
    customer_id: str | None,
    month: date,
    formats: Sequence[str],
    output: str | None,
    *,
    send: bool,
    reporter: Reporter,
) -> int:
    """Make the report of a customer, or of the company (None), and write it in each format.

    Args:
        customer_id: whose month it is.
        month: its first day.
        formats: none means that of `output`'s ending, else PDF.
        output: a file, or a folder; None is the folder of reports.
        send: whether to deliver the files, too.
        reporter: says what was written.
    """
    from pipelines.reports import issues, making

    try:
        addresses = _addresses() if send else []
        with open_published() as build:
            made = (
                making.of_company(build, month)
                if customer_id is None
                else making.of_customer(build, customer_id, month)
            )
        files = []
        for form, path in _places(made, formats, output):
            write_bytes(path, making.written(made, form))
            files.append(path)
            reporter.line(f"{path}: {made.title}{' (provisional)' if made.is_provisional else ''}")
        if made.kind == "company":
            issues.note_issue(making.reports_dir(), made, datetime.now(UTC))
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    except OSError as error:
        reporter.error(f"{error.filename} cannot be written ({error.strerror}).")
        return EXIT_WRONG_USE
    return _deliver(made, files, addresses, reporter) if send else EXIT_OK


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its place, then rename it; only its owner may read it.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def _addresses() -> list[sending.Target]:
    found = sending.targets(sending.urls())
    if not found:
        raise SettingError(
            f"Nobody can be sent to: set {sending.SETTING} to one or more apprise URLs (in the "
            "environment or in .dlt/secrets.toml), or leave --send out."
        )
    return found


def _places(made: Report, formats: Sequence[str], output: str | None) -> list[tuple[Format, Path]]:
    """Which formats to write, and where."""
    from pipelines.reports import making

    ending = Path(output).suffix.lower().removeprefix(".") if output else ""
    asked = [form for form in making.FORMATS if form in (formats or [ending])] or ["pdf"]
    given = Path(output) if output else making.reports_dir()
    is_folder = output is None or given.is_dir() or output.endswith("/") or not given.suffix
    if is_folder:
        return [(form, given / making.file_name(made, form)) for form in asked]
    if len(asked) == 1:
        return [(asked[0], given)]
    return [(form, given.with_suffix(f".{form}")) for form in asked]


def _deliver(
    made: Report, files: Sequence[Path], addresses: Sequence[sending.Target], reporter: Reporter
) -> int:
    title, body = message(made)
    failed = 0
    for target in addresses:
        if sending.send_files(target, title, body, files, link(made)):
            reporter.line(f"Delivered: {target.label}")
        else:
            failed += 1
            reporter.error(f"Not delivered: {target.label}. Run the command again with --send.")
    return EXIT_FAILED if failed else EXIT_OK


def message(made: Report) -> tuple[str, str]:
    """Title and text of the message that brings a report."""
    lines = [
        f"{fact.label}: {as_text(fact.value, fact.unit, fact.currency)}"
        f"{f' ({change})' if (change := change_text(fact)) else ''}"
        for fact in made.sections[0].facts[:_TOLD]
    ]
    if made.is_provisional:
        lines.append("Provisional: some of these numbers may still change.")
    return plain_text(f"Report: {made.title}"), plain_text("\n".join(lines), keep_lines=True)


def link(made: Report) -> str | None:
    """Where the report can be had from the API; None where the address is not set."""
    base = setting(BASE_URL)
    if not base:
        return None
    subject = (
        "company" if made.subject_id is None else f"customers/{quote(made.subject_id, safe='')}"
    )
    return f"{base.rstrip('/')}/api/v1/reports/{subject}?month={made.month_text}&format=pdf"
