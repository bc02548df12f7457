"""The command line: `dlt pipeline run [NAME...]`, and the same behind `usage-vs-revenue run`.

dlt's command line is extended through its plugin entry point. Its module is private to dlt, hence
the pin on `dlt<1.32`, a test of the literal command, and the console script that needs none of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from dlt.common.configuration import plugins
from dlt.common.configuration.plugins import SupportsCliCommand, only_host

DESCRIPTION = (
    "Loads all sources that have credentials, or the named ones, into the warehouse. "
    "Exit codes: 0 all asked-for sources loaded; 1 some failed (the next run heals); "
    "2 wrong use or settings, nothing loaded; 3 another run is going on."
)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a run on `parser`."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="source to load: stripe, openai, app_events (default: all configured ones)",
    )
    parser.add_argument(
        "--full-refresh",
        action="store_true",
        help="read everything again instead of only what changed; nothing is lost or doubled",
    )


def execute_run(args: argparse.Namespace) -> int:
    """Run the loads that `args` ask for; returns the exit code."""
    from pipelines.report import Reporter
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Console script `usage-vs-revenue`."""
    parser = argparse.ArgumentParser(
        prog="usage-vs-revenue",
        description="What an AI company really earns: load its sources into the warehouse.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help=RunCommand.help_string, description=DESCRIPTION)
    add_run_arguments(run_parser)
    return execute_run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
