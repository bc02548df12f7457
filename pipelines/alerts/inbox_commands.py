"""`usage-vs-revenue alerts`: the inbox on the command line, with the same store as the page."""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.errors import EXIT_OK, ProjectError, SettingError


def add_parsers(commands: Any) -> None:
    """Declare `alerts` on the subparsers `commands`."""
    alerts = commands.add_parser(
        "alerts",
        help="The open alerts and what people did about them: list, acknowledge, snooze, done",
        description=(
            "The same truth as the page Alerts. Exit codes: 0 done; 2 wrong use or settings, "
            "nothing written."
        ),
    )
    actions = alerts.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="Open alerts and how they stand")
    listed.add_argument("--all", action="store_true", help="also what is settled for now")
    listed.set_defaults(execute=_told(execute_list))
    for action, meaning in {
        "acknowledge": "Say that somebody knows",
        "snooze": "Put it aside for some days",
        "assign": "Say who has it (nobody: leave NAME out)",
        "note": "Write a note",
        "done": "Say that it needs nothing more",
        "reopen": "Take it back into the inbox",
    }.items():
        one = actions.add_parser(action, help=meaning)
        one.add_argument("alert", metavar="ALERT", help="its name, as `alerts list` shows it")
        if action in ("assign", "note"):
            one.add_argument("text", metavar="TEXT", nargs="?" if action == "assign" else None)
        if action == "snooze":
            one.add_argument("--days", type=int, default=7, help="default: %(default)s")
        one.set_defaults(execute=_told(execute_act))


def execute_list(args: argparse.Namespace) -> int:
    """Print the open alerts."""
    from pipelines.alerts import inbox
    from pipelines.console import Reporter

    reporter = Reporter()
    found = inbox.standings(inbox.acts(), datetime.now(UTC).date())
    rows = []
    for row in _open_alerts():
        episode = inbox.Episode.of_row(row)
        now = inbox.standing_of(found, episode, row["severity"])
        if args.all or now.state == "open":
            state = f"{now.state} until {now.until}" if now.until else now.state
            rows.append([episode.name, row["severity"], state, now.assignee, row["message"]])
    heading = ["alert", "severity", "state", "assigned to", "message"]
    reporter.table(heading, rows, "Nothing needs action.")
    return EXIT_OK


def execute_act(args: argparse.Namespace) -> int:
    """Write down what is done about an open alert."""
    from pipelines.alerts import inbox
    from pipelines.console import Reporter

    by_name = {inbox.Episode.of_row(row).name: row for row in _open_alerts()}
    row = by_name.get(args.alert)
    if row is None:
        raise SettingError(
            f"No open alert is called {args.alert!r}. `usage-vs-revenue alerts list --all` shows "
            "all."
        )
    until: date | None = None
    if args.action == "snooze":
        if not 1 <= args.days <= 3650:
            raise SettingError("--days is a number from 1 to 3650.")
        until = datetime.now(UTC).date() + timedelta(days=args.days)
    who = getpass.getuser()
    text = getattr(args, "text", None) or ""
    inbox.act(inbox.Episode.of_row(row), row["severity"], args.action, who, text, until)
    Reporter().line(f"{args.alert}: {args.action} by {who}{f' until {until}' if until else ''}.")
    return EXIT_OK


def _open_alerts() -> list[dict[str, Any]]:
    from pipelines.published.questions import monitoring
    from pipelines.published.reader import open_published

    with open_published() as build:
        return list(monitoring.alerts(build, ["open"]).table.to_pylist())


def _told(execute: Any) -> Any:
    """The command, with errors for a person and the exit code that they have."""

    def run(args: argparse.Namespace) -> int:
        from pipelines.console import Reporter

        try:
            return int(execute(args))
        except ProjectError as error:
            Reporter().error(str(error))
            return error.exit_code

    return run
