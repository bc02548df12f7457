"""The arguments of `usage-vs-revenue forget`; what it does is imported when it is asked for."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(commands: Any) -> None:
    """Declare the command on the console's subparsers."""
    parser = commands.add_parser(
        "forget",
        help="Erase a customer or user from everything that is kept; the company's sums stay",
        description=(
            "Erases from the warehouse, raw versions included, from published builds, ledgers, API "
            "keys and seeds/customer_map.csv, and keeps later loads from bringing the person back. "
            "Says what was erased where. Exit codes: 0 erased; 1 something still holds the "
            "person, as said; 2 wrong use or settings; 3 a load or build is going on."
        ),
    )
    parser.add_argument(
        "customer",
        metavar="CUSTOMER",
        help="id of a customer, an account of the app, a group or a user; or an e-mail address",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would go; change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(execute=_execute)


def _execute(args: argparse.Namespace) -> int:
    from pipelines.console import Reporter
    from pipelines.erasure.command import forget

    return forget(args.customer, dry_run=args.dry_run, yes=args.yes, reporter=Reporter())
