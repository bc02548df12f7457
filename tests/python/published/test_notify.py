"""Sending alerts: once per transition, through real HTTP, whatever happens in between."""

from __future__ import annotations

import io
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from pipelines.alerts import command, sending
from pipelines.alerts.ledger import Ledger
from pipelines.alerts.transitions import Alert, Known, messages, stale_build
from pipelines.console import Reporter
from pipelines.errors import SettingError
from support.commands import ROOT, Project
from support.webhook import Webhook, webhook

DAY_ONE = datetime(2026, 3, 10, 6)

_TABLES = """
create schema core; create schema monitoring;
create table monitoring.build as select
    'b' as build_id, timestamp '2026-03-10 06:00' as built_at,
    timestamp '2026-03-10 06:00' as as_of, 'usd' as report_currency, 'UTC' as report_timezone;
create table monitoring.alerts (
    alert_id varchar, dimension varchar, dimension_value varchar, period_grain varchar,
    period_start date, status varchar, severity varchar, audience varchar, message varchar,
    sample_size bigint, first_seen_at timestamp, recovered_period_start date
);
create table core.dim_alert_rules (
    alert_id varchar, metric varchar, dimension varchar, audience varchar,
    warning decimal(38, 9), critical decimal(38, 9)
);
create table monitoring.kpi_definitions (metric varchar);
insert into monitoring.kpi_definitions values ('hours_since_sync');
insert into core.dim_alert_rules values ('stale', 'hours_since_sync', 'all', 'data', 36, 72);
"""


@dataclass
class Company:
    """A project whose published build says what the test wants, at `clock`."""

    project: Project
    hook: Webhook
    monkeypatch: pytest.MonkeyPatch
    clock: datetime = DAY_ONE

    def publish(self, *rows: dict[str, Any]) -> None:
        """A build of the company's clock with these alerts."""
        self.project.published.mkdir(exist_ok=True)
        path = self.project.published / "current.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute(_TABLES)
            connection.execute("update monitoring.build set as_of = ?", [self.clock])
            for row in rows:
                connection.execute(
                    f"insert into monitoring.alerts values ({', '.join('?' for _ in row)})",
                    list(row.values()),
                )
        self.project.settings |= {
            "AS_OF": f"{self.clock.isoformat()}Z",
            "ALERTS__URLS": self.project.settings.get("ALERTS__URLS", self.hook.url),
        }

    def alert(self, *arguments: str, expect: int = 0) -> str:
        """`usage-vs-revenue alert` in this process: its output, in which no address may stand."""
        output = io.StringIO()
        console = Console(file=output, width=160)
        for name, value in self.project.environment().items():
            self.monkeypatch.setenv(name, value)
        for name in {"ALERTS__URLS"} - self.project.settings.keys():
            self.monkeypatch.delenv(name, raising=False)
        dry_run = "--dry-run" in arguments
        code = command.alert(dry_run=dry_run, reporter=Reporter(console, console))
        assert code == expect, output.getvalue()
        assert "s3cret" not in output.getvalue()
        return output.getvalue()

    def next_day(self) -> None:
        self.clock += timedelta(days=1)


@pytest.fixture
def company(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setattr(sending, "WAITS", (0.0, 0.0))
    with webhook() as hook:
        yield Company(project, hook, monkeypatch)


def row(alert_id: str = "churn_high", **changes: Any) -> dict[str, Any]:
    """A row of monitoring.alerts."""
    return {
        "alert_id": alert_id,
        "dimension": "all",
        "dimension_value": "all",
        "period_grain": "month",
        "period_start": date(2026, 2, 1),
        "status": "open",
        "severity": "warning",
        "audience": "business",
        "message": "Customers left in the month: 6.20 %, above 5.00 %",
        "sample_size": 1500,
        "first_seen_at": DAY_ONE,
        "recovered_period_start": None,
    } | changes


def test_an_alert_is_sent_once_when_it_fires_escalates_and_is_over(company: Company) -> None:
    company.publish(row())
    company.alert()
    company.alert()  # a second run of the same build
    company.next_day()
    company.publish(row())
    company.alert()  # a second build that says the same
    assert company.hook.titles() == ["Warning: churn_high"]
    body = company.hook.bodies[0]
    assert body["type"] == "warning"
    for part in ("6.20 %, above 5.00 %", "1,500 customers or events", "2026-02", "business"):
        assert part in body["message"]

    company.next_day()
    company.publish(row(severity="critical"))
    company.alert()
    company.alert()
    assert company.hook.titles()[1:] == ["Now critical: churn_high"]
    assert company.hook.bodies[1]["type"] == "failure"

    company.next_day()
    company.publish(row(severity="critical", status="recovered",
                        recovered_period_start=date(2026, 3, 1)))  # fmt: skip
    company.alert()
    company.alert()
    assert company.hook.titles()[2:] == ["Over: churn_high"]
    assert company.hook.bodies[2]["type"] == "success"
    assert "Back to normal with: 2026-03" in company.hook.bodies[2]["message"]


def test_firing_again_after_recovery_is_said_again(company: Company) -> None:
    over = row(status="recovered", recovered_period_start=date(2026, 3, 1))
    for rows in ([row()], [over], [over, row(period_start=date(2026, 4, 1))]):
        company.publish(*rows)
        company.alert()
        company.next_day()
    assert company.hook.titles() == [
        "Warning: churn_high",
        "Over: churn_high",
        "Warning: churn_high",
    ]


def test_what_restated_numbers_no_longer_show_is_over(company: Company) -> None:
    company.publish(row(), row("usage_down", period_grain="week"))
    company.alert()
    company.next_day()
    # One began a month earlier by what is known now, the other never was.
    company.publish(row(period_start=date(2026, 1, 1)))
    company.alert()
    assert company.hook.titles() == [
        "Warning: churn_high",
        "Warning: usage_down",
        "Over: usage_down",
    ]
    assert "corrected" in company.hook.bodies[2]["message"]


def test_what_came_and_went_since_the_last_run_is_said_after_the_fact(company: Company) -> None:
    company.publish()
    company.alert()
    company.clock += timedelta(days=9)
    seen = company.clock - timedelta(days=3)
    gone = {"period_grain": "day", "status": "recovered", "first_seen_at": seen}
    company.publish(
        row("error_rate_high", recovered_period_start=date(2026, 3, 17), **gone),
        # over before people were last told: a rule that was changed found it in the past
        row("old", recovered_period_start=date(2026, 2, 20), **gone),
    )
    company.alert()
    company.alert()
    assert company.hook.titles() == ["Over: error_rate_high"]


def test_alerts_that_were_over_before_the_first_run_are_history(company: Company) -> None:
    company.publish(row(status="recovered", recovered_period_start=date(2026, 3, 1)))
    assert "0 new" in company.alert()
    assert company.hook.bodies == []


def test_a_webhook_that_is_down_gets_everything_later_and_once(company: Company) -> None:
    company.hook.status = 503
    company.publish(row(), row("usage_down"))
    output = company.alert(expect=1)
    assert output.count("Not delivered yet") == 2
    assert company.hook.refused == 3  # tried three times; what comes after it waits its turn
    company.next_day()
    company.publish(row(severity="critical"), row("usage_down"))
    company.alert(expect=1)
    company.hook.status = 200
    assert "0 not delivered" in company.alert()
    company.alert()
    assert company.hook.titles() == [
        "Warning: churn_high",
        "Warning: usage_down",
        "Now critical: churn_high",
    ]


def test_one_address_that_is_down_does_not_stop_the_other(company: Company) -> None:
    with webhook() as other:
        company.project.settings["ALERTS__URLS"] = f"{company.hook.url}\n {other.url}"
        company.hook.status = 500
        company.publish(row())
        company.alert(expect=1)
        assert other.titles() == ["Warning: churn_high"]
        company.hook.status = 200
        company.alert()
        assert company.hook.titles() == other.titles() == ["Warning: churn_high"]


def test_a_new_address_hears_what_is_new_only(company: Company) -> None:
    company.publish(row())
    company.alert()
    with webhook() as other:
        company.project.settings["ALERTS__URLS"] = f"{company.hook.url} {other.url}"
        company.next_day()
        company.publish(row(), row("usage_down"))
        company.alert()
        assert other.titles() == ["Warning: usage_down"]
    assert company.hook.titles() == ["Warning: churn_high", "Warning: usage_down"]


def test_an_address_that_was_replaced_leaves_its_messages_to_the_new_one(company: Company) -> None:
    company.hook.status = 410
    company.publish(row())
    company.alert(expect=1)
    with webhook() as other:
        company.project.settings["ALERTS__URLS"] = other.url
        assert "No longer an address" in company.alert()
        assert other.titles() == ["Warning: churn_high"]
        assert "No longer" not in company.alert()
        assert other.titles() == ["Warning: churn_high"]


def test_an_address_that_was_removed_is_no_failure_where_another_was_told(company: Company) -> None:
    with webhook() as other:
        company.project.settings["ALERTS__URLS"] = f"{company.hook.url} {other.url}"
        company.hook.status = 410
        company.publish(row())
        company.alert(expect=1)
        company.project.settings["ALERTS__URLS"] = other.url
        company.alert()
        assert other.titles() == ["Warning: churn_high"]


def started(company: Company) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("usage-vs-revenue")), "alert"],
        cwd=ROOT,
        env=company.project.environment(),
        stderr=subprocess.PIPE,
    )


def test_a_run_killed_while_sending_says_nothing_twice(company: Company) -> None:
    company.publish(row(), row("usage_down"))
    company.hook.hang.set()
    with started(company) as process:
        assert company.hook.reached.wait(timeout=120)
        process.kill()
    company.hook.hang.clear()
    company.hook.released.set()
    output = company.alert()
    assert output.count("may have arrived") == 1
    company.alert()
    assert company.hook.titles() == ["Warning: churn_high", "Warning: usage_down"]


def test_a_clock_that_was_moved_back_says_nothing(company: Company) -> None:
    company.publish(row())
    company.alert()
    company.clock -= timedelta(days=30)
    company.publish()
    assert "moved back" in company.alert()
    company.clock += timedelta(days=31)
    company.publish(row())
    company.alert()
    assert company.hook.titles() == ["Warning: churn_high"]


def test_a_build_that_gets_old_is_one_alert(company: Company) -> None:
    company.publish()
    company.alert()
    for hours in (36, 37, 48):
        company.project.settings["AS_OF"] = f"{(DAY_ONE + timedelta(hours=hours)).isoformat()}Z"
        company.alert()
    company.project.settings["AS_OF"] = f"{(DAY_ONE + timedelta(hours=73)).isoformat()}Z"
    company.alert()
    company.clock += timedelta(hours=74)
    company.publish()
    company.alert()
    assert company.hook.titles() == [
        "Warning: stale (build published)",
        "Now critical: stale (build published)",
        "Over: stale (build published)",
    ]


def test_a_dry_run_prints_and_remembers_nothing(company: Company) -> None:
    company.publish(row())
    del company.project.settings["ALERTS__URLS"]
    for _ in range(2):
        output = company.alert("--dry-run")
        assert "Warning: churn_high" in output
        assert "6.20 %" in output
    assert list(company.project.folder.glob("*.sqlite")) == []
    company.project.settings["ALERTS__URLS"] = company.hook.url
    company.alert()
    assert company.hook.titles() == ["Warning: churn_high"]
    assert "Nothing to say" in company.alert("--dry-run")


def test_wrong_settings_are_said_without_the_address(company: Company) -> None:
    assert "dbt build" in company.alert("--dry-run", expect=2)
    company.publish(row())
    for urls, part in [("", "ALERTS__URLS"), ("nonsense://hook-s3cret/x", "Address 1 of")]:
        company.project.settings["ALERTS__URLS"] = urls
        assert part in company.alert(expect=2)
    company.project.settings["ALERTS__URLS"] = company.hook.url
    with duckdb.connect(str(company.project.published / "current.duckdb")) as connection:
        connection.execute("drop table monitoring.alerts")
    assert "earlier version" in company.alert(expect=2)


def test_a_second_run_at_the_same_time_is_refused(company: Company) -> None:
    company.publish(row())
    company.hook.hang.set()
    with started(company) as process:
        assert company.hook.reached.wait(timeout=120)
        assert "Another run" in company.alert(expect=3)
        process.kill()


@pytest.mark.parametrize("how", ["damaged", "another's", "a folder", "locked"])
def test_a_ledger_that_cannot_be_used_is_said_and_nothing_is_sent(
    company: Company, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.publish(row())
    ledger = company.project.folder / "warehouse.alerts.sqlite"
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.1))
    other = sqlite3.connect(":memory:" if how in ("damaged", "a folder") else ledger)
    if how == "damaged":
        ledger.write_bytes(b"not a database" * 100)
    elif how == "a folder":
        ledger.mkdir()
    elif how == "another's":
        other.execute("create table messages (x int)")
    else:
        other.execute("begin exclusive")
    said = company.alert(expect=3 if how == "locked" else 2)
    other.close()
    words = "by another program" if how == "locked" else "what stands is told once more"
    assert words in " ".join(said.split())
    assert company.hook.bodies == []


def test_rules_that_watch_nothing_are_named(company: Company) -> None:
    company.publish()
    with duckdb.connect(str(company.project.published / "current.duckdb")) as connection:
        connection.execute(
            "insert into core.dim_alert_rules values ('typo', 'erorr_rate', 'all', 'x', 1, 2)"
        )
    assert "typo watches a metric that does not exist" in company.alert("--dry-run")


def test_names_out_of_the_data_are_nothing_but_text(company: Company) -> None:
    hostile = "<!channel> @here http://evil.test/x\n\x1b[31m" + "long" * 200
    company.publish(row(dimension="endpoint", dimension_value=hostile, message=f"x ({hostile})"))
    company.alert()
    sent = str(company.hook.bodies[0])
    for part in ("<!channel>", "@here", "http://", "\x1b"):
        assert part not in sent
    assert "\n" not in company.hook.bodies[0]["title"]
    assert len(company.hook.bodies[0]["title"]) < 600


def test_the_ledger_is_for_its_owner_only_and_holds_no_address(company: Company) -> None:
    company.publish(row())
    company.alert()
    (path,) = company.project.folder.glob("*.alerts.sqlite")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"s3cret" not in path.read_bytes()
    with sqlite3.connect(path) as connection:
        assert connection.execute("select label, status from deliveries").fetchall() == [
            ("JSON #1", "sent")
        ]


def test_a_list_in_the_secrets_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS__URLS", "json://a/1\n\tjson://b/2, json://a/1 mailto://u:p@c?to=d,e")
    assert sending.urls() == ["json://a/1", "json://b/2", "mailto://u:p@c?to=d,e"]
    monkeypatch.delenv("ALERTS__URLS")

    class Secrets(dict[str, Any]):
        pass

    secrets = Secrets({"alerts.urls": ["json://a/1", "json://b/2"]})
    monkeypatch.setattr(sending.dlt, "secrets", secrets)
    assert sending.urls() == ["json://a/1", "json://b/2"]
    with pytest.raises(SettingError, match="Address 2") as caught:
        sending.targets(["json://a/1", "nonsense://s3cret"])
    assert "s3cret" not in str(caught.value)


def test_what_people_know_does_not_depend_on_how_often_the_command_ran(tmp_path: Path) -> None:
    """From any state that people know, the messages lead to the one that the build says."""
    base = Alert(**{**row(), "first_seen_at": DAY_ONE.replace(tzinfo=UTC)})
    key = base.key
    states: list[list[Alert]] = [
        [],
        [base],
        [replace(base, severity="critical")],
        [replace(base, status="recovered", recovered_period_start=date(2026, 3, 1))],
        [replace(base, status="ended")],
    ]
    beliefs: list[dict[Any, Known]] = [
        {},
        {key: Known(base.period_start, "warning")},
        {key: Known(base.period_start, "critical")},
    ]
    for number, (alerts, known) in enumerate((a, k) for a in states for k in beliefs):
        ledger = Ledger(tmp_path / f"{number}.sqlite")
        clock = datetime(2026, 3, 10, tzinfo=UTC)
        if known:
            first = list(messages([replace(base, severity=known[key].severity)], {}, None))
            ledger.write_down(first, [], clock, "b")
        assert ledger.known() == known
        said = list(messages(alerts, ledger.known(), clock))
        ledger.write_down(said, [("t", "T")], clock, "b")
        opened = {alert.key for alert in alerts if alert.status == "open"}
        assert set(ledger.known()) == opened
        assert list(messages(alerts, ledger.known(), clock)) == []
        assert len(said) <= 1
        ledger.close()


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(0, None), (36, None), (36.5, "warning"), (72, "warning"), (73, "critical")],
)
def test_a_build_is_stale_beyond_the_thresholds_of_the_rule(
    hours: float, severity: str | None
) -> None:
    as_of = DAY_ONE.replace(tzinfo=UTC)
    alert = stale_build(
        "stale", "data", as_of, as_of + timedelta(hours=hours), Decimal(36), Decimal(72)
    )
    assert (alert.severity if alert else None) == severity
    assert stale_build("stale", "data", as_of, as_of + timedelta(days=9), None, None) is None
