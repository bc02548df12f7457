"""`usage-vs-revenue sources list`, `add`, `test`, `remove`: arguments, prompts, what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pipelines.errors import EXIT_FAILED, EXIT_OK, ProjectError, SettingError

if TYPE_CHECKING:
    from pipelines.loading.source import Account, Probe


def add_parsers(commands: Any) -> Any:
    """Declare `sources` on the subparsers `commands`; returns its own, for further actions."""
    sources = commands.add_parser(
        "sources", help="The configured services: list, add, test, remove, preview"
    )
    actions = sources.add_subparsers(dest="action", required=True)
    listed = actions.add_parser(
        "list", help="All services, whether they can be loaded, where their settings come from"
    )
    listed.set_defaults(execute=_told(execute_list))
    add = actions.add_parser(
        "add",
        help="Store the credentials of a service, encrypted",
        description=(
            "Asks for each setting of the kind; what is typed for a secret is not shown. Without a "
            "terminal, reads lines NAME=VALUE from standard input. Needs CREDENTIALS_KEY or "
            "CREDENTIALS_KEY_FILE. Exit codes: 0 stored; 1 the vendor refused the key, nothing "
            "stored; 2 wrong use or settings."
        ),
    )
    add.add_argument("kind", metavar="KIND", help="stripe, openai, app_events and so on")
    add.add_argument("name", metavar="NAME", nargs="?", help="default: the name of the kind")
    add.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting; better not for secrets, which then stand in your shell's history",
    )
    add.add_argument("--no-test", action="store_true", help="store it without asking the vendor")
    add.set_defaults(execute=_told(execute_add))
    test = actions.add_parser(
        "test",
        help="Ask the vendor what the key may read",
        description=(
            "Exit codes: 0 everything that a load needs can be read; 1 something cannot, or the "
            "vendor cannot be reached; 2 wrong use or settings."
        ),
    )
    test.add_argument("name", metavar="NAME")
    test.set_defaults(execute=_told(execute_test))
    remove = actions.add_parser("remove", help="Forget stored credentials; the data stay")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(execute=_told(execute_remove))
    return actions


def execute_list(_: argparse.Namespace) -> int:
    """Print all services."""
    from pipelines.console import Reporter
    from pipelines.credentials.services import services

    reporter = Reporter()
    found = services()
    rows = [
        [
            one.name, one.kind, one.title, one.state,
            ", ".join(f"{name} ({origin})" for name, origin in one.origins.items()),
            one.detail or "",
        ]
        for one in found
    ]  # fmt: skip
    reporter.table(
        ["name", "kind", "what it is", "state", "settings from", "to do"], rows, "No service."
    )
    for one in found:
        for name in one.shadowed:
            reporter.line(
                f"{one.name}: the stored {name} is not used, {one.origins[name]} has another one. "
                "Unset it there, or remove the stored one."
            )
    return EXIT_OK


def execute_add(args: argparse.Namespace) -> int:
    """Store a service, after the vendor was asked."""
    from pipelines.console import Reporter
    from pipelines.credentials import services
    from pipelines.errors import LoadError

    reporter = Reporter()
    account = services.new_account(args.kind, args.name)
    given = dict(_pair(text) for text in args.set)
    values = {**given, **_asked(account, given)}
    before = dict(_stored(account))
    added = services.add(account, values)
    shadowed = [f"{name} ({added.origins[name]} wins)" for name in added.shadowed]
    if shadowed:
        reporter.line(f"{account.name}: stored, but not used: {', '.join(shadowed)}.")
    if not args.no_test:
        try:
            probes = services.check(account)
        except LoadError as error:
            reporter.line(services.without_secrets(account, f"{account.name}: not tested: {error}"))
            probes = []
        _say_probes(reporter, account, probes)
        if not services.works(probes):
            _restore(account, before)
            reporter.error(
                f"{account.name} was not stored: the key cannot read what a load needs. Give it "
                "the permissions above, or store it all the same with --no-test."
            )
            return EXIT_FAILED
    reporter.line(f"{account.name}: stored. `dlt pipeline run {account.name}` loads it.")
    return EXIT_OK


def execute_test(args: argparse.Namespace) -> int:
    """Ask the vendor."""
    from pipelines.console import Reporter
    from pipelines.credentials import services

    reporter = Reporter()
    account = services.named(args.name)
    try:
        probes = services.check(account)
    except ProjectError as error:
        reporter.error(services.without_secrets(account, f"{account.name}: {error}"))
        return error.exit_code
    _say_probes(reporter, account, probes)
    if not services.works(probes):
        reporter.error(f"{account.name}: a load would fail.")
        return EXIT_FAILED
    if not probes:
        reporter.line(f"{account.name}: settings can be used; this kind has no live check.")
    return EXIT_OK


def execute_remove(args: argparse.Namespace) -> int:
    """Forget stored credentials."""
    from pipelines.console import Reporter
    from pipelines.credentials.services import remove

    Reporter().line(remove(args.name))
    return EXIT_OK


def _say_probes(reporter: Any, account: Account, probes: list[Probe]) -> None:
    from pipelines.credentials.services import without_secrets

    rows = [
        [
            one.what,
            "yes" if one.is_readable else "no" if one.is_required else "no (left out)",
            without_secrets(account, one.detail),
        ]
        for one in probes
    ]
    if rows:
        reporter.table(["what", "readable", "detail"], rows, "")


def _asked(account: Account, given: Mapping[str, str]) -> dict[str, str]:
    """Settings that are not given yet: from prompts, or from lines of standard input."""
    wanted = [one for one in account.source.settings if one.name not in given]
    if not sys.stdin.isatty():
        return _from_lines([one.name for one in wanted], sys.stdin.read().splitlines())
    from getpass import getpass

    values = {}
    for one in wanted:
        default = f" [{one.default}]" if one.default else ""
        prompt = f"{one.name}: {one.meaning}{default}: "
        values[one.name] = getpass(prompt) if one.is_secret else input(prompt)
    return values


def _from_lines(wanted: list[str], lines: list[str]) -> dict[str, str]:
    """`NAME=VALUE` lines; lines without a name answer the settings in their order."""
    values: dict[str, str] = {}
    in_order = iter(wanted)
    for line in lines:
        name, sign, value = line.partition("=")
        if sign and name.strip().upper() in wanted:
            values[name.strip().upper()] = value
        elif line.strip():
            following = next((one for one in in_order if one not in values), None)
            if following is None:
                raise SettingError(f"Too many lines. Write NAME=VALUE: {', '.join(wanted)}.")
            values[following] = line
    return values


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise SettingError("--set takes NAME=VALUE.")
    return name.strip().upper(), value


def _stored(account: Account) -> Mapping[str, str]:
    from pipelines.credentials.store import stored

    return stored().get(account.name, {})


def _restore(account: Account, before: Mapping[str, str]) -> None:
    from pipelines.credentials.store import change

    def edit(now: dict[str, dict[str, str]]) -> None:
        now.pop(account.name, None)
        if before:
            now[account.name] = dict(before)

    change(edit)


def _told(execute: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command, with errors for a person and the exit code that they have."""

    def run(args: argparse.Namespace) -> int:
        from pipelines.console import Reporter

        try:
            return execute(args)
        except ProjectError as error:
            Reporter().error(str(error))
            return error.exit_code

    return run
