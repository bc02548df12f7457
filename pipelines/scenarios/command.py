"""`usage-vs-revenue scenario NAME` and `list`: what-if beside the books, as text or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipelines.errors import EXIT_OK, ProjectError


def add_parser(commands: Any) -> None:
    """Declare `scenario` among the commands."""
    parser = commands.add_parser(
        "scenario",
        help="Play a what-if of scenarios/*.yml on the published build",
        description=(
            "Shows cost and margin of a month by feature, plan and customer as billed and as the "
            "scenario has them, who turns profitable or not, and the break-even. `scenario list` "
            "names the scenarios. Exit codes: 0 played; 2 wrong use, settings or scenario."
        ),
    )
    parser.add_argument("name", metavar="NAME", help="a file of scenarios/ without .yml, or list")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace) -> int:
    """Play or list; returns the exit code."""
    from pipelines.published.reader import open_published
    from pipelines.scenarios import files
    from pipelines.scenarios.reckoning import play

    try:
        if args.name == "list":
            for line in listed():
                print(line)
            return EXIT_OK
        scenario = files.read(args.name)
        with open_published() as build:
            found = play(build, scenario)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if args.format == "json":
        print(json.dumps(found, default=_plain, indent=1, ensure_ascii=False))
    else:
        print("\n".join(told(found)))
    return EXIT_OK


def described() -> list[dict[str, str | None]]:
    """Each scenario's name and description; one that cannot be read says why."""
    from pipelines.scenarios import files

    found: list[dict[str, str | None]] = []
    for name in files.names():
        try:
            text = files.read(name).description or None
            found.append({"name": name, "description": text, "problem": None})
        except files.ScenarioError as error:
            found.append({"name": name, "description": None, "problem": str(error)})
    return found


def listed() -> list[str]:
    """A line for each scenario."""
    lines = []
    for row in described():
        problem = f"cannot be read: {row['problem']}" if row["problem"] else ""
        lines.append(f"{row['name']}  {row['description'] or problem}".rstrip())
    return lines or ["No scenario: write one in scenarios/ (SCENARIOS_DIR)."]


def told(found: dict[str, Any]) -> list[str]:
    """A scenario's result as lines of text: amounts in US dollars, to the cent."""
    total = found["total"]
    lines = [
        f"{found['scenario']}: {found['description']}".rstrip(": "),
        f"Month {found['month']:%Y-%m}, US dollars; in brackets the margin at the other ends of "
        "the token factor.",
    ]
    for title in ("features", "plans", "customers"):
        changed = sorted(filter(_differs, found[title]), key=_gain, reverse=True)
        lines.append("")
        lines.append(f"{title.capitalize()} ({len(changed)} of {len(found[title])} change)")
        lines += [_line(row) for row in changed[:20]]
        if len(changed) > 20:
            lines.append(f"  ... and {len(changed) - 20} more; --format json has all")
    lines += ["", _line({**total, "name": "Company"})]
    for key in ("turned_profitable", "turned_unprofitable"):
        lines.append(f"{key.replace('_', ' ').capitalize()}: {', '.join(found[key]) or 'nobody'}")
    for row in found["break_even"]:
        value = "none" if row["value"] is None else f"{row['value'].normalize():f}"
        lines.append(f"Break-even of change {row['change']}: {row['what']} {value}")
    if found["not_repriced_usd"]:
        lines.append(
            f"Not repriced, for want of a rate or of tokens: {found['not_repriced_usd']:.2f}"
        )
    return [*lines, *found["notes"]]


def _differs(row: dict[str, Any]) -> bool:
    return bool(
        row["scenario_cost_usd"] != row["cost_usd"]
        or row["scenario_revenue_usd"] != row["revenue_usd"]
    )


def _gain(row: dict[str, Any]) -> Decimal:
    return abs(Decimal(row["scenario_margin_usd"] - row["margin_usd"]))


def _line(row: dict[str, Any]) -> str:
    name = " ".join("".join(c if c.isprintable() else " " for c in str(row["name"])).split())
    turned = f"  turns {row['turns']}" if row["turns"] else ""
    return (
        f"  {name[:40]}: cost {row['cost_usd']:.2f} -> {row['scenario_cost_usd']:.2f}, "
        f"margin {row['margin_usd']:.2f} -> {row['scenario_margin_usd']:.2f} "
        f"({row['margin_low_usd']:.2f} to {row['margin_high_usd']:.2f}){turned}"
    )


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
