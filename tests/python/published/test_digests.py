"""Digests: what moved and what is new, told once, through real HTTP, whatever happens between."""

from __future__ import annotations

import html.parser
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from rich.console import Console

from pipelines.alerts import sending
from pipelines.console import Reporter
from pipelines.digests import command
from pipelines.digests.content import compared, due
from pipelines.published.questions.periods import Period
from support.commands import Project
from support.published import HOSTILE_NAMES, contracts
from support.webhook import Webhook, webhook

#: The morning after Tuesday, 10 March 2026.
DAY_ONE = datetime(2026, 3, 11, 6)
_TABLES = (
    "core.dim_customers", "core.dim_features", "core.fct_mrr_movements", "finance.mrr_by_day",
    "unit_economics.profit_by_day", "unit_economics.cost_by_feature_day", "monitoring.alerts",
    "monitoring.insights", "monitoring.exceptions", "monitoring.load_freshness_by_source",
    "finance.forecast_by_month",
)  # fmt: skip


@dataclass
class Company:
    """A company whose build of each day says what the test wants."""

    project: Project
    hook: Webhook
    monkeypatch: pytest.MonkeyPatch
    clock: datetime = DAY_ONE
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    builds: int = 0

    def has(self, table: str, **row: Any) -> None:
        """One more row, in this build and all that follow."""
        self.rows.setdefault(table, []).append(row)

    def moved(
        self, customer: str, kind: str, change: str, day: date, reason: str = "ended"
    ) -> None:
        self.has(
            "core.fct_mrr_movements", customer_id=customer, movement_type=kind,
            mrr_change=change, movement_date=day, reason=reason, currency="usd",
        )  # fmt: skip

    def alert(self, alert_id: str, severity: str = "warning") -> None:
        self.has(
            "monitoring.alerts", alert_id=alert_id, severity=severity, status="open",
            dimension="all", dimension_value="all", period_start=date(2026, 3, 1),
            message="it is above 5 %", first_seen_at=DAY_ONE,
        )  # fmt: skip

    def finding(self, subject: str, name: str) -> None:
        self.has(
            "monitoring.insights", insight_id=f"usage_drop/{subject}", insight_type="usage_drop",
            subject_type="customer", subject_id=subject, period_start=date(2026, 3, 9),
            message=f"{name}: uses less",
        )  # fmt: skip

    def publish(self) -> None:
        """A build of the company's clock with its rows."""
        self.builds += 1
        self.project.published.mkdir(exist_ok=True)
        path = self.project.published / "current.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            for schema in ("core", "finance", "product", "unit_economics", "monitoring"):
                connection.execute(f"create schema {schema}")
            connection.execute(
                "create table monitoring.build as select ? as build_id, ? as built_at, ? as as_of, "
                "'usd' as report_currency, 'UTC' as report_timezone",
                [f"b{self.builds}", self.clock, self.clock],
            )
            for table in _TABLES:
                columns = ", ".join(f"{n} {k}" for n, (k, _) in contracts()[table][1].items())
                connection.execute(f"create table {table} ({columns})")
                for row in self.rows.get(table, []):
                    marks = ", ".join("?" for _ in row)
                    connection.execute(
                        f"insert into {table} ({', '.join(row)}) values ({marks})",
                        list(row.values()),
                    )
        self.project.settings |= {
            "AS_OF": f"{self.clock.isoformat()}Z",
            "ALERTS__URLS": self.project.settings.get("ALERTS__URLS", self.hook.url),
        }

    def digest(self, kind: str = "day", *, dry_run: bool = False, expect: int = 0) -> str:
        """`usage-vs-revenue digest`, in this process: its output, which shows no address."""
        for name, value in self.project.environment().items():
            self.monkeypatch.setenv(name, value)
        for name in {"ALERTS__URLS"} - self.project.settings.keys():
            self.monkeypatch.delenv(name, raising=False)
        output = io.StringIO()
        console = Console(file=output, width=400)
        code = command.digest(kind, dry_run=dry_run, reporter=Reporter(console, console))
        assert code == expect, output.getvalue()
        assert "s3cret" not in output.getvalue()
        return output.getvalue()

    def next_day(self) -> None:
        self.clock += timedelta(days=1)
        self.publish()

    def told(self) -> list[str]:
        return [str(body["message"]) for body in self.hook.bodies]


@pytest.fixture
def company(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setattr(sending, "WAITS", (0.0, 0.0))
    with webhook() as hook:
        yield Company(project, hook, monkeypatch)


def test_a_digest_tells_what_is_new_once_and_is_quiet_otherwise(company: Company) -> None:
    company.has("core.dim_customers", customer_id="cus_1", customer_name="Juniper Media")
    company.has(
        "finance.mrr_by_day", date=date(2026, 3, 10), opening_mrr=1000, mrr=901, customers=9
    )
    company.moved("cus_1", "churn", "-99", date(2026, 3, 10))
    company.moved("cus_2", "new", "29.5", date(2026, 3, 9), "started")  # before the digest's day
    company.alert("churn_high")
    company.finding("cus_7", "Nimbus")
    company.publish()
    company.digest()
    company.digest()
    assert company.hook.titles() == ["Digest 10 Mar 2026, 2 to look at"]
    (said,) = company.told()
    for part in (
        "MRR $901.00, -$99.00; 9 paying customers",
        "Churn -$99.00, 1 customer",
        "Juniper Media (cus_1) -$99.00: ended",
        "Warning: churn_high: it is above 5 %",
        "Nimbus: uses less",
    ):
        assert part in said
    assert "cus_2" not in said

    company.next_day()
    assert "Nothing happened in 11 Mar 2026" in company.digest()
    company.next_day()
    company.moved("cus_3", "expansion", "10", date(2026, 3, 11), "plan_or_quantity")
    company.rows["monitoring.alerts"].clear()
    company.alert("churn_high", "critical")
    company.publish()
    company.digest()
    assert company.hook.titles()[1:] == ["Digest 11 Mar – 12 Mar 2026, 1 to look at"]
    said = company.told()[1]
    assert "cus_3 (cus_3) +$10.00: plan or quantity" in said
    assert "Critical: churn_high" in said
    assert "Nimbus" not in said
    assert "cus_1" not in said
    assert "Told before and still so: 1." in said
    assert "no longer so" not in said


def test_an_alert_that_is_over_is_told_and_told_again_when_it_comes_back(company: Company) -> None:
    company.alert("margin_low")
    company.publish()
    company.digest()
    company.rows["monitoring.alerts"].clear()
    company.alert("margin_low", "critical")
    company.next_day()
    company.digest()
    company.rows["monitoring.alerts"].clear()
    company.next_day()
    company.digest()
    company.digest()
    company.next_day()
    assert "Nothing happened" in company.digest()
    company.alert("margin_low", "critical")
    company.next_day()
    company.digest()
    parts = [said.split("\n- ")[1].split("\n")[0] for said in company.told()]
    assert parts == [
        "Warning: margin_low: it is above 5 %",
        "Critical: margin_low: it is above 5 %",
        "Critical: margin_low: it is above 5 %",
        "Critical: margin_low: it is above 5 %",
    ]
    assert ["no longer so" in said for said in company.told()] == [False, False, True, False]


def test_a_digest_that_was_not_delivered_comes_later_and_once(company: Company) -> None:
    company.has("core.dim_customers", customer_id="cus_1", customer_name="Juniper Media")
    company.moved("cus_1", "churn", "-99", date(2026, 3, 10))
    company.publish()
    company.hook.status = 503
    assert "Not delivered yet" in company.digest(expect=1)
    assert company.hook.refused == 3
    company.next_day()
    company.hook.status = 200
    company.digest()
    company.digest()
    assert len(company.told()) == 1
    # who has it needs its words no longer, and they name people
    ledger = command.ledger_path()
    assert ledger.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(ledger) as connection:
        assert connection.execute("select plain, html from messages").fetchall() == [("", "")]
        connection.execute("vacuum")
    assert b"Juniper" not in ledger.read_bytes()


def test_what_a_killed_run_was_sending_is_not_sent_again(company: Company) -> None:
    company.alert("churn_high")
    company.publish()
    company.hook.status = 503
    company.digest(expect=1)
    with sqlite3.connect(command.ledger_path()) as connection:
        connection.execute("update deliveries set status = 'sending'")
    company.hook.status = 200
    assert "may have arrived, not sent again" in company.digest()
    assert company.told() == []


def test_each_kind_of_digest_has_its_own_memory(company: Company) -> None:
    company.moved("cus_1", "churn", "-99", date(2026, 3, 4))
    company.moved("cus_2", "churn", "-10", date(2026, 2, 20))
    company.finding("cus_7", "Nimbus")
    company.publish()
    for kind in ("day", "week", "month"):
        company.digest(kind)
        assert "nothing to say yet" in company.digest(kind)
    assert company.hook.titles() == [
        "Digest 10 Mar 2026, 1 to look at",
        "Digest 2 Mar – 8 Mar 2026, 1 to look at",
        "Digest Feb 2026, 1 to look at",
    ]
    day, week, month = company.told()
    assert "cus_1" not in day
    assert "cus_1 (cus_1) -$99.00" in week
    assert "cus_2 (cus_2) -$10.00" in month
    assert all("Nimbus" in said for said in (day, week, month))


def test_a_month_ends_with_what_lies_ahead(company: Company) -> None:
    company.finding("cus_7", "Nimbus")
    for months, value in enumerate(("100", "110", "120.5", "130"), 0):
        company.has(
            "finance.forecast_by_month", metric="mrr", month=date(2026, 3 + months, 1),
            value=value, lower_80="90", upper_80="150", currency="usd",
        )  # fmt: skip
    company.has(
        "finance.forecast_by_month", metric="gross_margin", month=date(2026, 5, 1),
        value="-7", currency="usd",
    )  # fmt: skip
    company.has(
        "finance.forecast_by_month", metric="llm_cost", month=date(2026, 3, 1), currency="usd",
        reason="too little history",
    )  # fmt: skip
    company.publish()
    company.digest("month")
    company.digest("week")
    month, week = company.told()
    assert "What lies ahead" not in week
    assert month.split("What lies ahead\n")[1].splitlines()[:3] == [
        "- MRR in May 2026: $120.50, between $90.00 and $150.00 in four of five cases",
        "- Gross margin in May 2026: -$7.00",
        "",
    ]


def test_a_dry_run_prints_and_remembers_nothing(company: Company) -> None:
    company.moved("cus_1", "churn", "-99", date(2026, 3, 10))
    company.publish()
    company.project.settings.pop("ALERTS__URLS")
    assert "cus_1" in company.digest(dry_run=True)
    assert "cus_1" in company.digest(dry_run=True)
    assert not command.ledger_path().exists()
    assert "ALERTS__URLS" in company.digest(expect=2)


def test_a_ledger_that_is_damaged_is_said_and_nothing_is_sent(company: Company) -> None:
    company.publish()
    (company.project.folder / "warehouse.digests.sqlite").write_bytes(b"not a database" * 100)
    for dry_run in (True, False):
        assert "cannot be used" in company.digest(dry_run=dry_run, expect=2)
    assert company.hook.bodies == []


def test_what_was_never_loaded_is_no_zero(company: Company) -> None:
    company.moved("cus_1", "churn", "-99", date(2026, 3, 10))
    for day in (date(2026, 3, 3), date(2026, 3, 10)):
        company.has("unit_economics.profit_by_day", date=day, revenue_usd=0, llm_cost_usd=12)
    company.publish()
    said = company.digest(dry_run=True)
    assert "AI cost $12.00" in said
    assert "Revenue earned" not in said


def test_costs_that_moved_say_whether_calls_or_their_price_did(company: Company) -> None:
    day, before = date(2026, 3, 10), date(2026, 3, 3)
    for feature, old, new, calls in (
        ("agents", "10", "30", (100, 100)),  # dearer calls
        ("chat", "100", "124", (10, 20)),  # less than a quarter more
        ("search", "1", "5", (1, 5)),  # a tenth of the company's cost is more than that
        ("new", "0", "12", (0, 6)),
    ):
        for at, cost, count in ((before, old, calls[0]), (day, new, calls[1])):
            company.has(
                "unit_economics.cost_by_feature_day",
                date=at, feature_id=feature, cost_usd=Decimal(cost) + 5,
                other_kinds_cost_usd=5,
                calls=count + 3, cache_hits=3,
            )  # fmt: skip
    company.publish()
    company.digest()
    (said,) = company.told()
    costs = said.split("What moved AI cost\n")[1].split("\n\n")[0]
    assert costs.splitlines() == [
        "- agents: $30.00, +$20.00 on $10.00 before",
        "    LLM calls 100 before, 100 now; a call cost $0.1 before, $0.3 now",
        "- new: $12.00, +$12.00 on $0.00 before",
        "    LLM calls 0 before, 6 now",
    ]
    assert "Before: 3 Mar 2026." in said


def test_objects_left_out_are_counted_and_stale_sources_named_once(company: Company) -> None:
    for number in range(300):
        company.has(
            "monitoring.exceptions", exception_id=f"e{number}", area="billing",
            reason="no_exchange_rate", subject_id=f"in_{number}",
        )  # fmt: skip
    company.has(
        "monitoring.load_freshness_by_source", source="openai", source_name="OpenAI",
        is_stale=True, last_synced_at=datetime(2026, 3, 8), hours_since_sync="78.5",
    )  # fmt: skip
    company.publish()
    company.digest()
    (said,) = company.told()
    assert "Left out or not judged (billing): no exchange rate: 300 objects" in said
    assert "No load of OpenAI for 78 hours" in said
    company.next_day()
    assert "Nothing happened" in company.digest()


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name == "href"]


def test_hostile_names_stay_text_and_links_are_ours(company: Company) -> None:
    company.project.settings |= {
        "DASHBOARD_URL": "https://metrics.example.com/",
        "ALERTS__URLS": f"{company.hook.url}?format=html {company.hook.url}/plain",
    }
    for number, name in enumerate(HOSTILE_NAMES):
        company.has("core.dim_customers", customer_id=f"cus_{number}", customer_name=name)
        company.moved(f"cus_{number}", "new", "10", date(2026, 3, 10), "started")
        company.finding(f"a/b?c=<{number}>", name)
    company.publish()
    company.digest()
    rich, plain = sorted(company.told(), key=lambda said: "<h2>" not in said)
    found = _Tags()
    found.feed(rich)
    assert found.tags == {"h2", "h3", "p", "br", "ul", "li", "a"}
    assert found.links
    assert all(link.startswith("https://metrics.example.com/") for link in found.links)
    assert "https://metrics.example.com/customer?customer=a%2Fb%3Fc%3D%3C0%3E" in found.links
    assert "<" not in plain
    assert "http://" not in plain
    assert plain.count("https://metrics.example.com/") == 3  # overview, alerts, revenue


@pytest.mark.parametrize(
    ("kind", "clock", "zone", "told", "expected"),
    [
        ("day", "2026-03-11T06:00", "UTC", None, ("2026-03-10", "2026-03-11")),
        ("day", "2026-03-11T00:00", "UTC", None, ("2026-03-10", "2026-03-11")),
        # in New York the 10th goes on, in Tokyo the 11th does, in UTC the 10th is over
        ("day", "2026-03-11T02:00", "America/New_York", None, ("2026-03-09", "2026-03-10")),
        ("day", "2026-03-10T20:00", "Asia/Tokyo", None, ("2026-03-09", "2026-03-10")),
        ("day", "2026-03-11T06:00", "UTC", "2026-03-11", None),
        ("day", "2026-03-11T06:00", "UTC", "2026-03-20", None),
        ("day", "2026-03-11T06:00", "UTC", "2026-03-08", ("2026-03-08", "2026-03-11")),
        ("day", "2026-03-11T06:00", "UTC", "2020-01-01", ("2026-02-08", "2026-03-11")),
        ("week", "2026-03-11T06:00", "UTC", None, ("2026-03-02", "2026-03-09")),
        ("week", "2026-03-09T00:00", "UTC", None, ("2026-03-02", "2026-03-09")),
        ("month", "2026-03-01T00:00", "UTC", None, ("2026-02-01", "2026-03-01")),
        ("month", "2026-02-28T23:59", "UTC", None, ("2026-01-01", "2026-02-01")),
    ],
)
def test_which_days_a_digest_is_about(
    kind: Any, clock: str, zone: str, told: str | None, expected: tuple[str, str] | None
) -> None:
    as_of = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    found = due(kind, as_of, zone, date.fromisoformat(told) if told else None)
    assert found == (expected and Period(*map(date.fromisoformat, expected)))


@pytest.mark.parametrize(
    ("kind", "period", "expected"),
    [
        ("day", ("2026-03-10", "2026-03-11"), ("2026-03-03", "2026-03-04")),
        ("day", ("2026-03-02", "2026-03-11"), ("2026-02-16", "2026-02-25")),
        ("week", ("2026-03-02", "2026-03-09"), ("2026-02-23", "2026-03-02")),
        ("month", ("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01")),
        ("month", ("2026-01-01", "2026-03-01"), ("2025-11-01", "2026-01-01")),
    ],
)
def test_which_days_it_is_compared_with(
    kind: Any, period: tuple[str, str], expected: tuple[str, str]
) -> None:
    found = compared(kind, Period(*map(date.fromisoformat, period)))
    assert found == Period(*map(date.fromisoformat, expected))
