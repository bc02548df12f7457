"""`usage-vs-revenue sources list`, `add`, `test`, `remove`: arguments, prompts, what is printed."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

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
    """Print all services; an error where what is stored cannot be read, as the list lacks it."""
    from pipelines.console import Reporter
    from pipelines.credentials.services import services
    from pipelines.credentials.store import problem

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
    if error := problem():
        raise error
    return EXIT_OK


def execute_add(args: argparse.Namespace) -> int:
    """Store a service, after the vendor was asked."""
    from pipelines.console import Reporter
    from pipelines.credentials import services
    from pipelines.errors import LoadError

    reporter = Reporter()
    account = services.new_account(args.kind, args.name)
    given: dict[str, str] = {}
    for text in args.set:
        _take(given, *_pair(text))
    values = _asked(account, given)
    before = dict(_stored(account))
    try:
        added = services.add(account, values)
    except SettingError as error:
        # a secret may have been typed for another setting, which a message would repeat
        typed = [value for name, value in values.items() if name not in given]
        raise SettingError(_without(str(error), typed)) from None
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
    from pipelines.credentials.store import problem

    reporter = Reporter()
    account = services.named(args.name)
    if account.missing_settings() and (unreadable := problem()):
        raise unreadable  # what is missing may be stored
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
    """What is given, and what is not yet: from prompts, or from lines of standard input."""
    values = dict(given)
    if not sys.stdin.isatty():
        _read_lines(values, account, sys.stdin.read().splitlines())
        return values
    from getpass import getpass

    for one in account.source.settings:
        if one.name in given:
            continue
        default = f" [{one.default}]" if one.default else ""
        prompt = f"{one.name}: {one.meaning}{default}: "
        values[one.name] = getpass(prompt) if one.is_secret else input(prompt)
    return values


#: Characters that no secret of any vendor is shorter than.
_SHORTEST_KEY: Final = 16

#: A line that names a setting, as files of settings do: a word, a sign, and behind `=` more than
#: what ends base 64, unless the word is written as names of settings are.
_NAMED: Final = re.compile(
    r"\s*(?:export\s+)?(?:([\w.-]+)\s*(?:=\s*[^=\s]|:\s).*|([A-Z]+(?:_[A-Z]+)*)\s*=\s*)",
    re.DOTALL,
)


def _read_lines(values: dict[str, str], account: Account, lines: list[str]) -> None:
    """`NAME=VALUE` lines; lines without a name answer the settings in their order.

    A misspelt name is refused: taken for a value, the line would be stored as another setting. No
    message repeats a whole line, which may be a key.
    """
    known = [one.name for one in account.source.settings]
    has = f"{account.kind} has: {', '.join(known)}."
    for line in lines:
        name, sign, value = line.partition("=")
        if sign and name.strip().upper() in known:
            _take(values, name.strip().upper(), value)
        elif named := _NAMED.fullmatch(line):
            word = (named[1] or named[2])[:40]
            raise SettingError(f"The line of {word} is not understood: write NAME=VALUE. {has}")
        elif line.strip():
            following = next(
                (one for one in account.source.settings if one.name not in values), None
            )
            if following is None:
                raise SettingError(f"Too many lines. Write NAME=VALUE; {has}")
            values[following.name] = line


def _take(values: dict[str, str], name: str, value: str) -> None:
    if name in values:
        raise SettingError(f"{name} is given twice. Give it once.")
    values[name] = value


def _without(text: str, values: Iterable[str]) -> str:
    """A message without values that are long enough for a key, addresses excepted."""
    for value in (one.strip() for one in values):
        if len(value) >= _SHORTEST_KEY and "://" not in value:
            text = text.replace(value, "[value]")
    return text


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
