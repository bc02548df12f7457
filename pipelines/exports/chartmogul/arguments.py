"""The arguments of `usage-vs-revenue push chartmogul`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Declare the command on the console's subparsers."""
    push = commands.add_parser("push", help="Tell another service what the published build knows")
    services = push.add_subparsers(dest="push_service", required=True)
    parser = services.add_parser(
        "chartmogul",
        help="AI cost and margin as attributes of the customers there; its MRR beside ours",
        description=(
            "Sets ai_cost_30d, gross_margin_pct, margin_band, cost_per_request, uvr_build of the "
            "customers that ChartMogul has, found by external id; only changes are sent, invoices "
            "never. Then compares its MRR with ours. Exit codes: 0 done; 1 something could not be "
            "told, the next run tells it; 2 wrong use or settings; 3 another push is going on."
        ),
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be told; send none")
    parser.add_argument("--output", type=Path, metavar="FILE", help="also write it all as JSON")
    parser.set_defaults(execute=_execute)


def _execute(args: argparse.Namespace) -> int:
    from pipelines.console import Reporter
    from pipelines.exports.chartmogul.command import push

    return push(dry_run=args.dry_run, output=args.output, reporter=Reporter())
