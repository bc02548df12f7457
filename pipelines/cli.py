"""The command line: `dlt pipeline run [NAME...]`, and the console script `usage-vs-revenue`, which
has the same as `run`, and `alert`, `digest`, `report`, `scenario`, `kpis`, `export`, `push`,
`forget`, `refresh`, `publish`, `serve`, `mcp`, `keys` and `sources`.

dlt's command line is extended through its plugin entry point. Its module is private to dlt, hence
the pin on `dlt<1.32`, a test of the literal command, and the console script that needs none of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dlt.common.configuration import plugins
from dlt.common.configuration.plugins import SupportsCliCommand, only_host
from dlt.common.configuration.providers.toml import SettingsTomlProvider

from pipelines.alerts import inbox_commands
from pipelines.api import commands as api_commands
from pipelines.credentials import commands as credentials_commands
from pipelines.digests import command as digest_command
from pipelines.erasure import arguments as erasure_commands
from pipelines.exports.chartmogul import arguments as chartmogul_commands
from pipelines.reports import command as report_command
from pipelines.scenarios import command as scenario_command

# Where there is no secrets.toml dlt would import all of streamlit to ask it for secrets. Settings
# come from the environment and from `.dlt` only, and the import takes as long as all of dlt's.
SettingsTomlProvider._read_streamlit_secrets = lambda *_: None  # type: ignore[method-assign,assignment]

DESCRIPTION = (
    "Loads all sources that have credentials, or the named ones, into the warehouse. "
    "Exit codes: 0 all asked-for sources loaded; 1 some failed (the next run heals); "
    "2 wrong use or settings, nothing loaded; 3 another run is going on."
)


def known_names() -> list[str]:
    """Names that a run may be given."""
    from pipelines.sources.accounts import configured_accounts

    return configured_accounts().names


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a run on `parser`."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"account to load: {', '.join(known_names())} (default: all configured ones)",
    )
    parser.add_argument(
        "--full-refresh",
        action="store_true",
        help="read everything again instead of only what changed; nothing is lost or doubled",
    )


def execute_run(args: argparse.Namespace) -> int:
    """Run the loads that `args` ask for; returns the exit code."""
    from pipelines.console import Reporter
    from pipelines.run import run

    return run(args.names, full_refresh=args.full_refresh, reporter=Reporter())


class RunCommand(SupportsCliCommand):
    """`dlt pipeline run`."""

    command = "run"
    parent = "pipeline"
    help_string = "Load all configured sources, or the named ones, into the warehouse"
    description = DESCRIPTION
    docs_url = None

    def configure_parser(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        self.parser = parser
        add_run_arguments(parser)

    def execute(self, args: argparse.Namespace) -> None:
        """Run and leave with the contract's exit code."""
        sys.exit(execute_run(args))


@plugins.hookimpl(specname="plug_cli")
@only_host("dlt")
def plug_cli_run(host: str) -> Any:
    """Register `dlt pipeline run`."""
    return RunCommand


@plugins.hookimpl(specname="plug_cli", tryfirst=True)
@only_host("dlt")
def plug_cli_pipeline(host: str) -> Any:
    """dlt's own `pipeline` command, whose optional NAME would otherwise swallow `run`."""
    from dlt._workspace.cli.commands import PipelineCommand

    class PipelineCommandWithRun(PipelineCommand):
        def configure_parser(self, pipe_cmd: argparse.ArgumentParser) -> None:
            super().configure_parser(pipe_cmd)
            parse_known_args = pipe_cmd.parse_known_args

            def parse(args: Any = None, namespace: Any = None) -> Any:
                if args and args[0] == "run":
                    args = ["-", *args]
                return parse_known_args(args, namespace)

            pipe_cmd.parse_known_args = parse  # type: ignore[method-assign]

    return PipelineCommandWithRun


def execute_alert(args: argparse.Namespace) -> int:
    """Tell people what is new about alerts; returns the exit code."""
    from pipelines.alerts.command import alert
    from pipelines.console import Reporter

    return alert(dry_run=args.dry_run, reporter=Reporter())


def execute_kpis(args: argparse.Namespace) -> int:
    """Write the KPIs of a date range; returns the exit code."""
    from pipelines import exports
    from pipelines.console import Reporter
    from pipelines.errors import EXIT_OK, EXIT_WRONG_USE, ProjectError
    from pipelines.files import write_whole

    try:
        text = exports.export(args.first, args.last, args.format)
        if args.output:
            write_whole(args.output, text)
        else:
            sys.stdout.write(text)
    except ProjectError as error:
        Reporter().error(str(error))
        return error.exit_code
    except OSError as error:
        Reporter().error(f"{args.output} cannot be written ({error.strerror}).")
        return EXIT_WRONG_USE
    return EXIT_OK


def execute_export_focus(args: argparse.Namespace) -> int:
    """Write the cost of a month in the FOCUS format; returns the exit code."""
    from pipelines.console import Reporter
    from pipelines.errors import EXIT_OK, EXIT_WRONG_USE, ProjectError
    from pipelines.exports import focus

    reporter = Reporter()
    try:
        exported = focus.export(args.month, args.output)
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    except OSError as error:
        reporter.error(f"{args.output} cannot be written ({error.strerror}).")
        return EXIT_WRONG_USE
    for path, rows in exported.files.items():
        reporter.line(f"{path}: {rows:,} rows")
    if exported.without_amount:
        reporter.line(
            f"{exported.without_amount:,} lines have no amount in one currency and are left out; "
            "they are in monitoring.exceptions."
        )
    return EXIT_OK


def execute_sources_preview(args: argparse.Namespace) -> int:
    """Show what a custom source's file makes of what it says; returns the exit code."""
    from pipelines.console import Reporter
    from pipelines.errors import EXIT_OK, ProjectError
    from pipelines.sources.custom.preview import as_text, preview

    try:
        sys.stdout.write(as_text(preview(args.name)))
    except ProjectError as error:
        Reporter().error(str(error))
        return error.exit_code
    return EXIT_OK


def execute_refresh(args: argparse.Namespace) -> int:
    """Load, build, publish, alert; returns the exit code."""
    from pipelines.console import Reporter
    from pipelines.refresh import refresh

    return refresh(load=not args.no_load, patience=args.patience, reporter=Reporter())


def execute_publish(args: argparse.Namespace) -> int:
    """Bring a server's published build here; returns the exit code."""
    from pipelines.console import Reporter
    from pipelines.refresh import bring_published

    return bring_published(Reporter())


def parser() -> argparse.ArgumentParser:
    """The arguments of the console script."""
    console = argparse.ArgumentParser(
        prog="usage-vs-revenue",
        description="What an AI company really earns: load, build, tell.",
    )
    commands = console.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help=RunCommand.help_string, description=DESCRIPTION)
    add_run_arguments(run_parser)
    run_parser.set_defaults(execute=execute_run)

    alert_parser = commands.add_parser(
        "alert",
        help="Tell people what is new about the alerts of the published build",
        description=(
            "Sends each alert once when it fires, once when it becomes critical and once when it "
            "is over, to the apprise URLs of ALERTS__URLS. Exit codes: 0 everybody knows; 1 "
            "something was not delivered, the next run tries again; 2 wrong use or settings; "
            "3 another run is going on."
        ),
    )
    alert_parser.add_argument(
        "--dry-run", action="store_true", help="print what would be said; send and remember nothing"
    )
    alert_parser.set_defaults(execute=execute_alert)
    inbox_commands.add_parsers(commands)

    kpis_parser = commands.add_parser(
        "kpis",
        help="Write all KPIs of a date range as JSON or CSV",
        description=(
            "Writes every row of monitoring.kpis of the published build whose period begins in the "
            "range. JSON follows pipelines/exports/kpis.schema.json. Exit codes: 0 written; "
            "2 wrong use or settings, nothing written."
        ),
    )
    kpis_parser.add_argument(
        "--from", dest="first", type=_day, required=True, metavar="DAY", help="first period start"
    )
    kpis_parser.add_argument(
        "--to", dest="last", type=_day, required=True, metavar="DAY", help="last period start"
    )
    kpis_parser.add_argument("--format", choices=("json", "csv"), default="json")
    kpis_parser.add_argument(
        "--output", type=Path, help="file to write in one rename (default: standard output)"
    )
    kpis_parser.set_defaults(execute=execute_kpis)

    exports = commands.add_parser("export", help="Write what the published build knows in a format")
    formats = exports.add_subparsers(dest="export_format", required=True)
    focus_parser = formats.add_parser(
        "focus",
        help="Write the cost of a month in the FOCUS 1.2 format, as Parquet",
        description=(
            "Writes every line of the month's bills. Where some are final and some may still "
            "change, the open ones are in a second file, with -open before the ending. Exit codes: "
            "0 written; 2 wrong use or settings, nothing written."
        ),
    )
    focus_parser.add_argument("--month", type=_month, required=True, metavar="YYYY-MM")
    focus_parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    focus_parser.set_defaults(execute=execute_export_focus)

    refresh_parser = commands.add_parser(
        "refresh",
        help="Load, build, publish and alert: one command for a scheduler",
        description=(
            "Exit codes: 0 all went well; 1 part of it failed (sources that loaded were built, "
            "readers keep the last good build, the next run heals); 2 wrong use or settings; "
            "3 another refresh or load is going on."
        ),
    )
    refresh_parser.add_argument(
        "--no-load", action="store_true", help="build, publish and alert only"
    )
    refresh_parser.add_argument(
        "--patience",
        type=float,
        default=900.0,
        metavar="SECONDS",
        help="how long a build waits for a load that is going on (%(default)s)",
    )
    refresh_parser.set_defaults(execute=execute_refresh)

    publish_parser = commands.add_parser(
        "publish",
        help="Bring the build that PostgreSQL or Spark published into PUBLISHED_DIR",
        description=(
            "On DuckDB `dbt build` itself publishes the file, and there is nothing to do. Exit "
            "codes: 0 the newest build is there; 1 the server cannot be reached or read now; 2 "
            "wrong settings."
        ),
    )
    publish_parser.set_defaults(execute=execute_publish)
    scenario_command.add_parser(commands)
    report_command.add_parsers(commands, _month)
    digest_command.add_parsers(commands)
    erasure_commands.add_parser(commands)
    chartmogul_commands.add_parser(commands)
    api_commands.add_parsers(commands)
    source_commands = credentials_commands.add_parsers(commands)
    preview_parser = source_commands.add_parser(
        "preview",
        help="Show ten rows of a custom source as its file maps them, and what it leaves out",
        description="Loads nothing. Exit codes: 0 shown; 1 it cannot be read; 2 wrong settings.",
    )
    preview_parser.add_argument("name", metavar="NAME", help="custom source: sources/NAME.toml")
    preview_parser.set_defaults(execute=execute_sources_preview)
    return console


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day (YYYY-MM-DD)") from error


def _month(text: str) -> date:
    try:
        if len(text) != len("YYYY-MM"):
            raise ValueError(text)
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a month (YYYY-MM)") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Console script `usage-vs-revenue`."""
    args = parser().parse_args(arguments)
    return int(args.execute(args))


if __name__ == "__main__":
    sys.exit(main())
