"""`usage-vs-revenue digest`: say what moved and what needs action, once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pipelines.alerts import sending
from pipelines.config import setting, warehouse_path
from pipelines.console import Reporter
from pipelines.errors import EXIT_FAILED, EXIT_OK, ProjectError, SettingError
from pipelines.locks import hold
from pipelines.memory import remembering
from pipelines.published.reader import open_published
from pipelines.reports.command import BASE_URL

KINDS: Final = ("day", "week", "month")


def add_parsers(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "digest",
        help="Tell in one message what moved in the last day, week or month, and what needs action",
        description=(
            "Sends to the addresses of ALERTS__URLS what no earlier digest of the period has said; "
            "nothing where nothing happened. Exit codes: 0 everybody knows; 1 something was not "
            "delivered, the next run tries again; 2 wrong use or settings; 3 another run is going "
            "on."
        ),
    )
    parser.add_argument("--period", choices=KINDS, required=True, help="the last complete one")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be said; send and remember nothing"
    )
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    return digest(args.period, dry_run=args.dry_run, reporter=Reporter())


def ledger_path() -> Path:
    """The ledger: the setting DIGESTS__LEDGER_PATH, else beside the warehouse."""
    warehouse = warehouse_path()
    default = warehouse.with_name(f"{warehouse.stem}.digests.sqlite")
    return Path(setting("DIGESTS__LEDGER_PATH", str(default)) or default)


def digest(kind: Any, *, dry_run: bool, reporter: Reporter) -> int:
    """Read, compare, write down, send; returns the exit code.

    A dry run prints what would be said and changes nothing; it needs no address.
    """
    from pipelines.digests.ledger import DigestLedger

    os.umask(0o077)
    try:
        addresses = sending.targets(sending.urls())
        if not addresses and not dry_run:
            raise SettingError(
                f"Nobody can be told: set {sending.SETTING} to one or more apprise URLs (in the "
                "environment or in .dlt/secrets.toml), or try --dry-run."
            )
        file = ledger_path()
        busy = "Another run is sending digests. Wait for it to end, then run again."
        with hold(file.with_name(file.name + ".lock"), busy), remembering(file):
            ledger = DigestLedger(file, may_create=not dry_run)
            try:
                return _tell(ledger, kind, addresses, dry_run, reporter)
            finally:
                ledger.close()
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code


def _tell(
    ledger: Any, kind: Any, addresses: Sequence[sending.Target], dry_run: bool, reporter: Reporter
) -> int:
    from pipelines.digests import content, words

    base_url = setting(BASE_URL)
    with open_published() as build:
        facts = build.facts
        period = content.due(kind, facts.as_of, facts.report_timezone, ledger.told_until(kind))
        said = None
        if period is not None:
            known, standing = ledger.known(kind), ledger.standing(kind)
            said = content.gather(build, kind, period, known, standing)
    if said is None:
        reporter.line(f"The last digest by {kind} reaches the build's clock: nothing to say yet.")
    elif said.is_quiet:
        reporter.line(f"Nothing happened in {words.title(said).removeprefix('Digest ')}.")
    if dry_run:
        if said and not said.is_quiet:
            reporter.print(f"{words.title(said)}\n\n{words.as_text(said, base_url)}")
        return EXIT_OK
    ledger.doubt_interrupted()
    pairs = [(target.target_id, target.label) for target in addresses]
    for delivery in ledger.readdress(pairs):
        reporter.line(
            f"No longer an address of {sending.SETTING} ({delivery.label}), not tried again: "
            f"{delivery.title}"
        )
    if said and not said.is_quiet:
        ledger.write_down(
            said, words.title(said), words.as_text(said, base_url), words.as_html(said, base_url),
            pairs,
        )  # fmt: skip
    sending.deliver(ledger, addresses, sending.send_digest)
    waiting = ledger.open_deliveries()
    ledger.forget_words()
    for delivery in waiting:
        state = (
            "Not delivered yet, next run tries again"
            if delivery.status == "pending"
            else "Interrupted while sending, may have arrived, not sent again"
        )
        reporter.line(f"{state} ({delivery.label}): {delivery.title}")
    return EXIT_FAILED if any(one.status == "pending" for one in waiting) else EXIT_OK
