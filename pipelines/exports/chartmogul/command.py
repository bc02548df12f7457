"""`usage-vs-revenue push chartmogul`: tell what changed, then compare its MRR with ours."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pipelines.config import warehouse_path
from pipelines.console import Reporter
from pipelines.errors import EXIT_FAILED, EXIT_OK, LoadError, ProjectError
from pipelines.exports.chartmogul.api import ChartMogul
from pipelines.exports.chartmogul.attributes import Told, told_of
from pipelines.exports.chartmogul.comparison import Difference, compared, our_months
from pipelines.exports.chartmogul.outbox import Outbox
from pipelines.files import write_whole
from pipelines.locks import hold
from pipelines.memory import remembering
from pipelines.published.reader import open_published

_EQUAL: Final = "equal to the cent of each customer"


@dataclass
class Pushed:
    """What a push did, for people and as JSON."""

    build_id: str
    is_dry_run: bool
    told: int = 0
    unchanged: int = 0
    not_there: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    comparison: list[Difference] = field(default_factory=list)

    def as_json(self) -> str:
        """Amounts are exact numbers as text, days ISO 8601."""
        return json.dumps(asdict(self), default=str, indent=2) + "\n"


def push(*, dry_run: bool, output: Path | None, reporter: Reporter) -> int:
    """Tell ChartMogul; returns the exit code.

    0: everybody there knows (or a dry run showed it); 1: something could not be told, the next run
    tells it; 2: wrong use or settings; 3: another push is going on.
    """
    os.umask(0o077)
    try:
        api = ChartMogul.from_settings()
        warehouse = warehouse_path()
        path = warehouse.with_name(f"{warehouse.stem}.chartmogul.sqlite")
        busy = "Another run is pushing to ChartMogul. Wait for it to end, then run again."
        with hold(path.with_name(path.name + ".lock"), busy), remembering(path):
            outbox = Outbox(path, may_create=not dry_run)
            try:
                pushed = _push(api, outbox, dry_run, reporter)
            finally:
                outbox.close()
        if output:
            write_whole(output, pushed.as_json())
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    except OSError as error:
        reporter.error(f"{error.filename} cannot be written ({error.strerror}).")
        return EXIT_FAILED
    _say(pushed, reporter)
    return EXIT_FAILED if pushed.failed else EXIT_OK


def _push(api: ChartMogul, outbox: Outbox, dry_run: bool, reporter: Reporter) -> Pushed:
    with open_published() as published:
        pushed = Pushed(published.facts.build_id, dry_run)
        wanted, pushed.ambiguous = told_of(published)
        months = our_months(published)
    there: defaultdict[str, list[str]] = defaultdict(list)
    for external, uuid in api.customers():
        if uuid not in there[external]:
            there[external].append(uuid)
    sent = outbox.sent()
    for told in wanted:
        uuids = there.get(told.external_id, [])
        if not uuids:
            pushed.not_there.append(told.customer_id)
        for uuid in uuids:
            if sent.get(uuid) == told.digest:
                pushed.unchanged += 1
            elif dry_run:
                values = ", ".join(f"{key} {value}" for key, value in told.values.items())
                reporter.line(f"{told.customer_id}: {values}")
                pushed.told += 1
            else:
                _tell(api, outbox, told, uuid, pushed)
    if months:
        theirs = api.mrr(months[0]["month"], months[-1]["month"])
        pushed.comparison = compared(months, theirs, api.currency())
    return pushed


def _tell(api: ChartMogul, outbox: Outbox, told: Told, uuid: str, pushed: Pushed) -> None:
    """Tell of one customer; what fails costs that customer alone."""
    outbox.begin(told.customer_id, uuid, told.digest, pushed.build_id)
    try:
        api.tell(uuid, {**told.values, "uvr_build": pushed.build_id})
    except LoadError as error:
        pushed.failed[told.customer_id] = str(error)
        return
    outbox.end(uuid)
    pushed.told += 1


def _say(pushed: Pushed, reporter: Reporter) -> None:
    verb = "would be told" if pushed.is_dry_run else "told"
    reporter.line(
        f"ChartMogul: {pushed.told:,} customers {verb}, {pushed.unchanged:,} know it already, "
        f"{len(pushed.not_there):,} are not there."
    )
    for external in pushed.ambiguous:
        reporter.line(f"{external}: two customers here have this id at their provider; not told.")
    for customer, reason in pushed.failed.items():
        reporter.error(f"{customer}: {reason}")
    rows = [_row(one) for one in pushed.comparison if one.reason != _EQUAL]
    empty = "Its MRR and movements are ours, to the cent of each customer."
    reporter.table(("month", "measure", "ours", "ChartMogul", "difference", "reason"), rows, empty)


def _row(one: Difference) -> tuple[str, ...]:
    amounts = (_shown(value) for value in (one.ours, one.theirs, one.difference))
    return (f"{one.month:%Y-%m}", one.measure, *amounts, one.reason)


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:,.2f}"
