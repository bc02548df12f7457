"""`usage-vs-revenue alert`: say what is new about the alerts of the published build, once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipelines.alerts import sending
from pipelines.alerts.ledger import Delivery, Ledger
from pipelines.alerts.transitions import Alert, Message, messages, stale_build
from pipelines.config import as_of, setting, warehouse_path
from pipelines.console import Reporter
from pipelines.errors import EXIT_FAILED, EXIT_OK, ProjectError, SettingError
from pipelines.locks import hold
from pipelines.memory import remembering
from pipelines.published.files import BuildFacts
from pipelines.published.reader import Published, open_published

#: Something could not be delivered; the next run tries again.
EXIT_UNDELIVERED: Final = EXIT_FAILED
#: The metric of the rule that also watches the age of the published build.
FRESHNESS_METRIC: Final = "hours_since_sync"


def ledger_path() -> Path:
    """The ledger: the setting ALERTS__LEDGER_PATH, else beside the warehouse."""
    warehouse = warehouse_path()
    default = warehouse.with_name(f"{warehouse.stem}.alerts.sqlite")
    return Path(setting("ALERTS__LEDGER_PATH", str(default)) or default)


def alert(*, dry_run: bool, reporter: Reporter) -> int:
    """Compare, write down, send; returns the exit code.

    A dry run prints what would be said and changes nothing; it needs no address.
    """
    os.umask(0o077)
    try:
        addresses = sending.targets(sending.urls())
        if not addresses and not dry_run:
            raise SettingError(
                f"Nobody can be told: set {sending.SETTING} to one or more apprise URLs (in the "
                "environment or in .dlt/secrets.toml), or try --dry-run."
            )
        now = as_of()
        with open_published() as published:
            facts = published.facts
            alerts = read_alerts(published, facts, now)
            for rule in rules_that_watch_nothing(published):
                reporter.line(f"rule {rule} watches a metric that does not exist")
        ledger_file = ledger_path()
        busy = "Another run is sending alerts. Wait for it to end, then run again."
        with (
            hold(ledger_file.with_name(ledger_file.name + ".lock"), busy),
            remembering(ledger_file),
        ):
            ledger = Ledger(ledger_file, may_create=not dry_run)
            try:
                return _tell(ledger, alerts, facts, addresses, dry_run, reporter)
            finally:
                ledger.close()
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code


def _tell(
    ledger: Ledger,
    alerts: Sequence[Alert],
    facts: BuildFacts,
    addresses: Sequence[sending.Target],
    dry_run: bool,
    reporter: Reporter,
) -> int:
    told_until = ledger.told_until()
    if told_until is not None and facts.as_of < told_until:
        reporter.line(
            f"The published build is of {facts.as_of:%Y-%m-%d %H:%M} UTC, people were told of "
            f"{told_until:%Y-%m-%d %H:%M} UTC: the clock was moved back, nothing new is said."
        )
        said: list[Message] = []
    else:
        said = list(messages(alerts, ledger.known(), told_until))
    if dry_run:
        _print_dry(said, ledger.open_deliveries(), reporter)
        return EXIT_OK
    ledger.doubt_interrupted()
    pairs = [(target.target_id, target.label) for target in addresses]
    for delivery in ledger.readdress(pairs):
        reporter.line(
            f"No longer an address of {sending.SETTING} ({delivery.label}), not tried again: "
            f"{delivery.title}"
        )
    if said or told_until is None or facts.as_of > told_until:
        ledger.write_down(said, pairs, facts.as_of, facts.build_id)
    sending.deliver(ledger, addresses, sending.send)
    return _report(said, ledger.open_deliveries(), reporter)


def _print_dry(said: Sequence[Message], waiting: Sequence[Delivery], reporter: Reporter) -> None:
    for message in said:
        reporter.print(f"{message.title}\n{_indented(message.body)}")
    for delivery in waiting:
        reporter.print(f"{_WORDS[delivery.status]} ({delivery.label}): {delivery.title}")
    if not said and not waiting:
        reporter.print("Nothing to say.")


def _report(said: Sequence[Message], waiting: Sequence[Delivery], reporter: Reporter) -> int:
    pending = [delivery for delivery in waiting if delivery.status == "pending"]
    reporter.print(f"{len(said)} new, {len(pending)} not delivered.")
    for delivery in waiting:
        reporter.line(f"{_WORDS[delivery.status]} ({delivery.label}): {delivery.title}")
    return EXIT_UNDELIVERED if pending else EXIT_OK


_WORDS: Final = {
    "pending": "Not delivered yet, next run tries again",
    "in_doubt": "Interrupted while sending, may have arrived, not sent again",
}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def read_alerts(published: Published, facts: BuildFacts, now: datetime) -> list[Alert]:
    """The rows of monitoring.alerts, and one about the build itself where it is too old."""
    rows = published.rows(
        "select alert_id, dimension, dimension_value, period_grain, period_start, status, "
        "severity, audience, message, sample_size, first_seen_at, recovered_period_start "
        "from monitoring.alerts order by alert_id, dimension_value, period_start"
    )
    found = [Alert(**{**row, "first_seen_at": _utc(row["first_seen_at"])}) for row in rows]
    for rule in published.rows(
        "select alert_id, audience, warning, critical from core.dim_alert_rules "
        "where metric = ? and dimension = 'all' order by alert_id",
        [FRESHNESS_METRIC],
    ):
        old = stale_build(
            rule["alert_id"],
            rule["audience"],
            facts.begun_at,
            now,
            rule["warning"],
            rule["critical"],
        )
        found += [old] if old else []
    return found


def rules_that_watch_nothing(published: Published) -> list[str]:
    """Rules of the seed whose metric no KPI has."""
    rows = published.rows(
        "select alert_id from core.dim_alert_rules where metric not in "
        "(select metric from monitoring.kpi_definitions) order by alert_id"
    )
    return [str(row["alert_id"]) for row in rows]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
