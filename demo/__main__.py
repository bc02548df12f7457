"""`python -m demo`: make a demo company, serve it, move its clock."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from demo.company.event_files import write_bulk
from demo.making import (
    DemoParameters,
    generate_company,
    move_clock,
    open_company,
    usage_of,
)
from demo.seeds import write_seeds
from demo.timeline import DAY, epoch, iso
from demo.tour import tour
from demo.vendors.anthropic_api import DEFAULT_KEY as ANTHROPIC_KEY
from demo.vendors.datadog_api import API_KEY, APP_KEY
from demo.vendors.openai_api import DEFAULT_KEY as OPENAI_KEY
from demo.vendors.server import serve
from demo.vendors.stripe_api import DEFAULT_KEY as STRIPE_KEY

DEFAULT_FOLDER = Path("data/demo")


def _moment(text: str) -> str:
    """A clock as the parameters take it: a day means its end."""
    return (
        iso(epoch(text) + DAY - 1) if len(text) == 10 else iso(epoch(text.replace("Z", "+00:00")))
    )


def _account(text: str) -> str:
    """A name that can stand in ids."""
    if not re.fullmatch(r"[a-z0-9]{0,20}", text):
        raise argparse.ArgumentTypeError("up to 20 lower-case letters and digits")
    return text


def _add_size(parser: argparse.ArgumentParser) -> None:
    defaults = DemoParameters()
    parser.add_argument(
        "--seed", type=int, default=defaults.seed, help="everything follows from it"
    )
    parser.add_argument("--customers", type=int, default=defaults.customers)
    parser.add_argument("--months", type=int, default=defaults.months, help="months up to --as-of")
    parser.add_argument("--events", type=int, default=defaults.events, help="about so many events")
    parser.add_argument(
        "--as-of", type=_moment, default=defaults.as_of, help="the clock at first: a day or a time"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="The demo company: make it, serve it as its vendors would.",
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    generate = commands.add_parser(
        "generate", help="write store, event files, seeds and truth into a folder"
    )
    generate.add_argument("--out", type=Path, default=DEFAULT_FOLDER, help="folder (%(default)s)")
    generate.add_argument(
        "--keep", action="store_true", help="do nothing if the folder already holds a company"
    )
    generate.add_argument(
        "--account",
        type=_account,
        default="",
        help="a name in every id of a vendor: companies with different names can be "
        "loaded beside each other",
    )
    _add_size(generate)
    generate.set_defaults(command=_generate)
    server = commands.add_parser("serve", help="answer as its vendors on 127.0.0.1 until stopped")
    server.add_argument("--out", type=Path, default=DEFAULT_FOLDER, help="folder (%(default)s)")
    server.add_argument("--port", type=int, default=8089, help="port (%(default)s)")
    server.add_argument("--as-of", type=_moment, default=None, help="clock; the company's own")
    server.add_argument(
        "--stripe-key", default=STRIPE_KEY, help="the key that Stripe lets in (%(default)s)"
    )
    server.add_argument(
        "--openai-key", default=OPENAI_KEY, help="the key that OpenAI lets in (%(default)s)"
    )
    server.add_argument(
        "--anthropic-key",
        default=ANTHROPIC_KEY,
        help="the key that Anthropic lets in (%(default)s)",
    )
    server.set_defaults(command=_serve)
    tour_parser = commands.add_parser(
        "run", help="the whole demo: make it, serve it, load, build, open the dashboard"
    )
    tour_parser.add_argument(
        "--out", type=Path, default=DEFAULT_FOLDER, help="folder (%(default)s)"
    )
    tour_parser.add_argument("--no-app", action="store_true", help="stop before the dashboard")
    _add_size(tour_parser)
    tour_parser.set_defaults(command=_tour)
    advance = commands.add_parser(
        "advance", help="bring event files and truth to a later clock; old files stay untouched"
    )
    advance.add_argument("--out", type=Path, default=DEFAULT_FOLDER, help="folder (%(default)s)")
    advance.add_argument("--as-of", type=_moment, required=True, help="the later clock")
    advance.set_defaults(command=_advance)
    bulk = commands.add_parser("events", help="event files only, streamed, for benchmarks")
    bulk.add_argument("--out", type=Path, required=True, help="folder of the files")
    bulk.add_argument("--format", choices=("parquet", "jsonl", "csv"), default="parquet")
    bulk.add_argument("--rows-per-file", type=int, default=500_000)
    _add_size(bulk)
    bulk.set_defaults(command=_events)
    return parser


def _parameters(arguments: argparse.Namespace) -> DemoParameters:
    return DemoParameters(
        arguments.seed,
        arguments.customers,
        arguments.months,
        arguments.events,
        arguments.as_of,
        account=getattr(arguments, "account", ""),
    )


def _generate(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.out
    if arguments.keep and (folder / "store.sqlite").exists():
        print(f"the demo company in {folder} is kept")
        return 0
    company = generate_company(folder, _parameters(arguments))
    write_seeds(folder / "seeds", company.parameters)
    print(f"demo company written to {folder}: store.sqlite, events/, seeds/, truth/")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    company = open_company(arguments.out)
    clock = company.parameters.clock if arguments.as_of is None else epoch(arguments.as_of)

    def announce(url: str) -> None:
        print(f"The demo company's vendors at {url}, clock {iso(clock)}; their keys:")
        print(f"Stripe {arguments.stripe_key}, OpenAI {arguments.openai_key}")
        print(f"Anthropic {arguments.anthropic_key}, Datadog {API_KEY} and {APP_KEY}", flush=True)

    serve(
        company.store,
        arguments.port,
        clock,
        announce,
        stripe_key=arguments.stripe_key,
        openai_key=arguments.openai_key,
        anthropic_key=arguments.anthropic_key,
    )
    return 0


def _tour(arguments: argparse.Namespace) -> int:
    return tour(arguments.out, _parameters(arguments), with_app=not arguments.no_app)


def _advance(arguments: argparse.Namespace) -> int:
    move_clock(open_company(arguments.out), arguments.as_of)
    print(f"event files and truth are as of {arguments.as_of}")
    return 0


def _events(arguments: argparse.Namespace) -> int:
    parameters = replace(_parameters(arguments), future_days=1)
    rows = write_bulk(
        arguments.out,
        usage_of(parameters),
        format_=arguments.format,
        rows_per_file=arguments.rows_per_file,
    )
    print(f"{rows} events written to {arguments.out}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        parser.print_help()
        return 2
    try:
        return int(parsed.command(parsed))
    except (FileExistsError, FileNotFoundError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
