"""The Anthropic source, run whole against a small server: real HTTP in, raw rows out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from anthropic import Anthropic
from rich.console import Console

from demo.vendors.anthropic_api import (
    ADMIN_KEY,
    COST_DIMENSIONS,
    DEFAULT_WORKSPACE,
    AnthropicOrganisation,
    Charge,
)
from pipelines.console import Reporter
from pipelines.loading.tables import LiftError
from pipelines.run import run
from pipelines.sources.anthropic.tables import dollars
from support.anthropic_server import serve

DAY_1, DAY_2, DAY_3 = date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3)
NOON = "2026-09-03T12:00:00Z"

LINES = """
    select cost_days.reported_date, rows.*
    from raw_anthropic.cost_rows as rows
    join (
        select *, row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) as recency
        from raw_anthropic.cost_days
    ) as cost_days on cost_days._version_id = rows._version_id and cost_days.recency = 1
"""


@dataclass
class Runs:
    """Runs of the source in this process, on a warehouse of its own."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    settings: dict[str, str] = field(default_factory=dict)

    def load(
        self, as_of: str = NOON, *names: str, expect: int = 0, full_refresh: bool = False
    ) -> str:
        """Run at a clock; returns everything a person would have seen."""
        shown = io.StringIO()
        for name, value in {**self.settings, "AS_OF": as_of}.items():
            self.monkeypatch.setenv(name, value)
        console = Console(file=shown, width=200)
        reporter = Reporter(console, console)
        code = run(list(names or ["anthropic"]), full_refresh=full_refresh, reporter=reporter)
        assert code == expect, shown.getvalue()
        return " ".join(shown.getvalue().split())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def total(self) -> Decimal:
        return Decimal(self.rows(f"select coalesce(sum(amount), 0) from ({LINES})")[0][0])

    def versions(self, day: date) -> int:
        where = f"where reported_date = date '{day}'"
        return int(self.rows(f"select count(*) from raw_anthropic.cost_days {where}")[0][0])


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    for name in os.environ:
        if name.startswith("SOURCES__"):
            monkeypatch.delenv(name)
    return Runs(
        tmp_path,
        monkeypatch,
        settings={
            "WAREHOUSE_PATH": str(tmp_path / "warehouse.duckdb"),
            "RUNTIME__REQUEST_BACKOFF_FACTOR": "0",
            "RUNTIME__REQUEST_MAX_ATTEMPTS": "3",
            "PII_HASH_KEY": "a key of the test",
        },
    )


@pytest.fixture
def organisation(runs: Runs) -> Iterator[AnthropicOrganisation]:
    now = datetime(2026, 9, 3, 12, tzinfo=UTC)
    with serve(AnthropicOrganisation(now)) as server:
        runs.settings |= {
            "SOURCES__ANTHROPIC__ADMIN_KEY": ADMIN_KEY,
            "SOURCES__ANTHROPIC__BASE_URL": server.url,
            "SOURCES__ANTHROPIC__START_DATE": DAY_1.isoformat(),
        }
        server.charges = [
            Charge(DAY_1, "41280.000000", "uncached_input_tokens", 1000),
            Charge(DAY_1, "0.5", "output_tokens", 10),
            Charge(DAY_2, "123.78912", "cache_creation.ephemeral_1h_input_tokens", 7),
        ]
        yield server


# ---- amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cents", "usd"),
    [
        ("41280.000000", "412.8"),
        ("123.78912", "1.2378912"),
        ("0", "0"),
        ("-0.00", "0"),
        ("-250.5", "-2.505"),
        ("0.0000001", "0.000000001"),
        ("99999999999.9", "999999999.999"),
    ],
)
def test_cents_become_dollars_by_shifting_two_places(cents: str, usd: str) -> None:
    assert dollars("amount", cents) == Decimal(usd)


@pytest.mark.parametrize(
    "cents", [12, Decimal("1.5"), None, "", "1,5", "1e3", "NaN", " 1", "$1", "100000000000"]
)
def test_what_is_no_decimal_text_is_refused(cents: Any) -> None:
    with pytest.raises(LiftError, match="decimal text of cents"):
        dollars("amount", cents)


def test_a_bill_of_two_days(runs: Runs, organisation: AnthropicOrganisation) -> None:
    runs.load()
    assert runs.rows(
        "select reported_date, workspace_id, api_key_id, model, token_type, service_tier, "
        f"amount, currency from ({LINES}) order by 1, 5"
    ) == [
        (DAY_1, "wrkspc_a", "apikey_1", "claude-sonnet-4-5-20250929", "output_tokens", "standard",
         Decimal("0.005"), "USD"),
        (DAY_1, "wrkspc_a", "apikey_1", "claude-sonnet-4-5-20250929", "uncached_input_tokens",
         "standard", Decimal("412.8"), "USD"),
        (DAY_2, "wrkspc_a", "apikey_1", "claude-sonnet-4-5-20250929",
         "cache_creation.ephemeral_1h_input_tokens", "standard", Decimal("1.2378912"), "USD"),
    ]  # fmt: skip
    # A day without rows that the vendor's data reach is a day that bills nothing.
    assert runs.rows(
        "select reported_date, reports, control_amount, is_final, organization_id, "
        "json_array_length(grouped_by) from raw_anthropic.cost_days order by 1"
    ) == [
        (DAY_1, "analytics", Decimal("412.805"), False, "org_1", 7),
        (DAY_2, "analytics", Decimal("1.2378912"), False, "org_1", 7),
        (DAY_3, "analytics", Decimal(0), False, "org_1", 7),
    ]
    assert runs.rows(
        "select uncached_input_tokens, cache_creation__ephemeral_1h_input_tokens, output_tokens "
        "from raw_anthropic.usage_rows order by all"
    ) == [(0, 7, 0), (1000, 0, 10)]
    assert ADMIN_KEY not in str(runs.rows("select * from raw_anthropic.cost_days"))


def test_a_row_that_cannot_be_read_costs_only_itself(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.charges += [
        Charge(DAY_2, "1,50", "output_tokens", 1, model="claude-odd"),
        Charge(DAY_2, "9", "output_tokens", 1, model="claude-yen", currency="JPY"),
    ]
    organisation.control[DAY_2] = "273.78912"
    shown = runs.load()
    assert "2 of 3 rows of 2026-09-02 cannot be read" in shown
    assert runs.total() == Decimal("414.0428912")
    assert runs.rows(
        "select source_table, record_id, field from raw_anthropic.quarantine order by field"
    ) == [
        ("cost_rows", "organization|2026-09-02", "amount"),
        ("cost_rows", "organization|2026-09-02", "currency"),
    ]
    # Read again, the same broken rows are no news for the quarantine.
    runs.load("2026-09-03T13:00:00Z")
    assert runs.rows("select count(*) from raw_anthropic.quarantine") == [(2,)]


def test_half_of_a_surrogate_pair_is_replaced(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.charges.append(Charge(DAY_2, "9", "output_tokens", 1, model="claude-\ud800"))
    before = runs.load("2026-09-03T13:00:00Z")
    assert "cannot be read" not in before
    assert runs.rows(
        "select amount from raw_anthropic.cost_rows where model = 'claude-\ufffd'"
    ) == [(Decimal("0.09"),)]


# ---- restatements and finality ------------------------------------------------------------------


def test_a_restated_day_is_a_new_version_and_an_emptied_one_bills_nothing(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    runs.load()
    runs.load("2026-09-03T13:00:00Z")
    assert runs.versions(DAY_1) == 1
    organisation.charges = [Charge(DAY_1, "100", "output_tokens", 10)]
    organisation.now = datetime(2026, 9, 4, 12, tzinfo=UTC)
    runs.load("2026-09-04T12:00:00Z")
    assert runs.total() == 1
    assert (runs.versions(DAY_1), runs.versions(DAY_2)) == (2, 2)


def test_a_day_is_final_once_the_data_reach_72_hours_beyond_it(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    # The clock of the run is far ahead; what counts is how far the vendor's data reach.
    organisation.now = datetime(2026, 9, 4, 23, tzinfo=UTC)
    runs.load("2026-09-20T12:00:00Z")
    final = "select reported_date from raw_anthropic.cost_days where is_final order by 1"
    assert runs.rows(final) == []
    # What the data have not reached says nothing yet.
    assert runs.rows("select max(reported_date) from raw_anthropic.cost_days") == [
        (date(2026, 9, 4),)
    ]
    organisation.now = datetime(2026, 9, 5, 0, tzinfo=UTC)
    runs.load("2026-09-20T13:00:00Z")
    assert runs.rows(final) == [(DAY_1,)]
    assert runs.total() == Decimal("414.0428912")


def test_thirty_five_days_are_read_again_in_ranges_of_31(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    runs.settings["SOURCES__ANTHROPIC__START_DATE"] = "2026-06-01"
    runs.load()
    organisation.requests.clear()
    runs.load("2026-09-04T12:00:00Z")
    asked = organisation.asked("analytics/cost")
    grouped = [one for one in asked if "token_type" in one.get("group_by[]", [])]
    assert [(one["starting_at"][0][:10], one["ending_at"][0][:10]) for one in grouped] == [
        ("2026-07-31", "2026-08-31"),
        ("2026-08-31", "2026-09-05"),
    ]
    # Years back, the newer reports are asked for what they have.
    runs.settings["SOURCES__ANTHROPIC__START_DATE"] = "2024-01-01"
    organisation.requests.clear()
    assert "reach back to 2026-01-01" in runs.load("2026-09-04T13:00:00Z")
    first = next(one for one in organisation.asked("analytics/cost") if "group_by[]" in one)
    assert first["starting_at"] == ["2026-01-01T00:00:00Z"]


# ---- paging -------------------------------------------------------------------------------------


def test_pages_are_put_together(runs: Runs, organisation: AnthropicOrganisation) -> None:
    organisation.page_rows = 1
    runs.load()
    assert runs.total() == Decimal("414.0428912")
    assert all(one["limit"] in (["1000"], ["1"]) for one in organisation.asked("analytics/cost"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("repeat_token", "repeats a page token"),
        ("no_token", "says that there is more, but not where"),
        ("no_data", "without a list of rows"),
    ],
)
def test_faulty_paging_loads_nothing(
    runs: Runs, organisation: AnthropicOrganisation, fault: str, said: str
) -> None:
    organisation.page_rows, organisation.fault = 1, fault
    assert said in runs.load(expect=1)
    organisation.fault = None
    runs.load()
    assert runs.total() == Decimal("414.0428912")


def test_too_many_requests_and_broken_answers_are_tried_again(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.failures = [429, 503]
    runs.load()
    organisation.fault = "half_page"
    runs.load("2026-09-03T13:00:00Z")
    assert runs.total() == Decimal("414.0428912")


# ---- keys and the older reports -----------------------------------------------------------------


def test_a_refused_key_names_the_least_permission_and_not_itself(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    runs.settings["SOURCES__ANTHROPIC__ADMIN_KEY"] = "sk-ant-api03-wrongsecret"
    shown = runs.load(expect=1)
    assert "read:analytics" in shown and "SOURCES__ANTHROPIC__ADMIN_KEY" in shown
    assert "wrongsecret" not in shown
    organisation.refusals = {
        "analytics/cost": (403, "scope missing"),
        "cost_report": (403, "admin key needed"),
    }
    runs.settings["SOURCES__ANTHROPIC__ADMIN_KEY"] = ADMIN_KEY
    assert "read:analytics" in runs.load(expect=1)


@pytest.mark.parametrize(
    "refusal", [(404, "not found"), (403, "scope missing"), (400, "unknown anthropic-beta value")]
)
def test_the_older_reports_are_read_where_the_newer_are_refused(
    runs: Runs, organisation: AnthropicOrganisation, refusal: tuple[int, str]
) -> None:
    organisation.charges.append(
        Charge(DAY_2, "50", None, cost_type="web_search", workspace=DEFAULT_WORKSPACE, tier=None)
    )
    organisation.refusals = {"analytics/cost": refusal}
    shown = runs.load()
    assert "the older ones are read" in shown
    assert runs.total() == Decimal("414.5428912")
    assert runs.rows(f"select distinct workspace_id, api_key_id from ({LINES}) order by all") == [
        ("wrkspc_a", None),
        (None, None),
    ]
    assert runs.rows("select distinct reports from raw_anthropic.usage_days") == [("legacy",)]
    # Back in favour, the newer reports state the same days again; nothing counts twice.
    organisation.refusals.clear()
    runs.load("2026-09-03T13:00:00Z")
    assert runs.total() == Decimal("414.5428912")
    assert (DEFAULT_WORKSPACE, "apikey_1") in runs.rows(
        f"select distinct workspace_id, api_key_id from ({LINES})"
    )


def test_a_day_without_a_bucket_is_not_a_day_without_cost(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    runs.settings["SOURCES__ANTHROPIC__REPORTS"] = "legacy"
    runs.load()
    organisation.no_bucket = {DAY_1}
    runs.load("2026-09-03T13:00:00Z")
    assert runs.total() == Decimal("414.0428912")
    assert runs.versions(DAY_1) == 1


def test_another_bad_request_is_no_reason_for_the_older_reports(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.refusals = {"analytics/cost": (400, "starting_at: odd")}
    assert "starting_at: odd" in runs.load(expect=1)
    assert organisation.asked("cost_report") == []


def test_the_setting_chooses_the_reports(runs: Runs, organisation: AnthropicOrganisation) -> None:
    runs.settings["SOURCES__ANTHROPIC__REPORTS"] = "legacy"
    runs.load()
    assert organisation.asked("analytics/cost") == []
    runs.settings["SOURCES__ANTHROPIC__REPORTS"] = "neither"
    assert "it is auto, analytics or legacy" in runs.load(expect=2)


# ---- names and accounts -------------------------------------------------------------------------


def test_names_are_kept_and_the_default_workspace_is_known(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.lists = {
        "workspaces": [
            {"id": "wrkspc_a", "name": "A", "archived_at": None},
            {"id": "wrkspc_old", "name": "Old", "archived_at": "2026-02-01T00:00:00Z"},
            {"id": DEFAULT_WORKSPACE, "name": "Default", "archived_at": None},
        ],
        "api_keys": [
            {
                "id": f"apikey_{number}",
                "name": f"Key {number}",
                "scope": {"type": "workspace", "workspace_id": "wrkspc_a"},
            }
            for number in range(3)
        ],
        "users": [{"id": "user_1", "name": "Ann", "email": "ann@example.com"}],
    }
    runs.load()
    assert runs.rows(
        "select id, name, is_default, archived_at is not null from raw_anthropic.workspaces "
        "order by id"
    ) == [
        ("wrkspc_a", "A", False, False),
        (DEFAULT_WORKSPACE, "Default", True, False),
        ("wrkspc_old", "Old", False, True),
    ]
    assert runs.rows("select count(*) from raw_anthropic.api_keys") == [(3,)]
    assert "ann@" not in str(runs.rows("select * from raw_anthropic.users"))
    # A key that may read reports only still loads the whole bill.
    organisation.refusals = dict.fromkeys(("workspaces", "api_keys", "users"), (403, "no"))
    assert "workspaces skipped" in runs.load("2026-09-03T13:00:00Z")


def test_two_organisations_are_two_accounts_and_one_is_never_loaded_twice(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    other = AnthropicOrganisation(organisation.now, key="sk-ant-admin-other", name="org_2")
    other.charges = [Charge(DAY_1, "700", "output_tokens", 1)]
    with serve(other):
        runs.settings |= {
            "SOURCES__CLAUDE_EU__KIND": "anthropic",
            "SOURCES__CLAUDE_EU__ADMIN_KEY": other.key,
            "SOURCES__CLAUDE_EU__BASE_URL": other.url,
            "SOURCES__CLAUDE_EU__START_DATE": DAY_1.isoformat(),
        }
        runs.load(NOON, "anthropic", "claude_eu")
        assert runs.rows("select amount from raw_claude_eu.cost_rows") == [(Decimal(7),)]
        other.name = "org_1"
        shown = runs.load("2026-09-03T13:00:00Z", "claude_eu", expect=1)
        assert "'org_1'" in shown and "KIND=anthropic" in shown


def test_an_interrupted_range_is_read_again(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    organisation.refusals = {"analytics/usage": (500, "down")}
    runs.load(expect=1)
    organisation.refusals.clear()
    runs.load()
    assert runs.total() == Decimal("414.0428912")
    assert runs.versions(DAY_1 + timedelta(days=1)) == 1


# ---- by actor -----------------------------------------------------------------------------------

ACTORS = """
    select reported_date, actor_type, actor_id, actor_name, product, model, basis, amount
    from raw_anthropic.actor_rows join (
        select * from raw_anthropic.actor_days qualify row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) = 1
    ) using (_version_id) order by all
"""


def with_actors(organisation: AnthropicOrganisation) -> None:
    user, key = ("user_actor", "ann"), ("api_actor", "apikey_1")
    organisation.charges = [
        Charge(DAY_1, "150", "output_tokens", 10, actor=user, product="claude_code"),
        Charge(DAY_1, "50", "uncached_input_tokens", 10, actor=user, product="claude_code"),
        Charge(DAY_1, "40", "output_tokens", 10, actor=key, product="messages_api"),
        Charge(DAY_2, "0.25", "output_tokens", 10),
    ]


def test_who_caused_a_cost_is_another_view_of_the_bill(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    with_actors(organisation)
    shown = runs.load()
    model = organisation.charges[0].model
    assert runs.rows(ACTORS) == [
        (DAY_1, "api_actor", "apikey_1", None, "messages_api", model, "billed", Decimal("0.4")),
        (DAY_1, "user_actor", "ann", "Ann", "claude_code", model, "billed", 2),
        (DAY_2, None, None, None, None, model, "billed", Decimal("0.0025")),
    ]
    assert runs.total() == Decimal("2.4025")
    assert "ann@example.com" not in shown
    assert runs.rows("select count(*) from raw_anthropic.actor_days where _raw like '%ann@%'") == [
        (0,)
    ]


def test_claude_codes_own_report_serves_where_the_newer_are_refused(
    runs: Runs, organisation: AnthropicOrganisation
) -> None:
    with_actors(organisation)
    organisation.refusals["analytics/cost"] = (404, "not found")
    runs.load()
    [row, other] = runs.rows(ACTORS)
    assert row[:2] == (DAY_1, "user_actor")
    assert row[2].endswith("@example.com") and not row[2].startswith("ann@")
    assert row[4:] == ("claude_code", organisation.charges[0].model, "estimated", Decimal("0.5"))
    assert other[7] == Decimal("1.5")


def test_a_bill_is_complete_without_its_actors(
    runs: Runs, organisation: AnthropicOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.vendors.anthropic_api.COST_DIMENSIONS", COST_DIMENSIONS - {"actor"})
    assert "analytics/cost by actor skipped" in runs.load()
    assert runs.total() == Decimal("414.0428912")


def test_anthropics_own_client_reads_what_the_server_answers(
    organisation: AnthropicOrganisation,
) -> None:
    """Strictly, with its own idea of every field, page after page."""
    organisation.page_rows = 1
    client = Anthropic(
        api_key="unused",
        base_url=organisation.url,
        default_headers={"x-api-key": ADMIN_KEY, "anthropic-version": "2023-06-01"},
        max_retries=0,
        _strict_response_validation=True,
    )
    days = {"starting_at": "2026-09-01T00:00:00Z", "ending_at": "2026-09-03T00:00:00Z"}
    analytics = client.beta.organization.analytics
    costs = analytics.cost.list(**days, time_bucket_width="1d", group_by=["model", "token_type"])
    assert {(one.group.token_type, one.cost.amount) for one in costs} == {
        ("uncached_input_tokens", "41280.000000"),
        ("output_tokens", "0.5"),
        ("cache_creation.ephemeral_1h_input_tokens", "123.78912"),
    }
    usage = list(analytics.usage.list(**days, time_bucket_width="1d", group_by=["model"]))
    assert [one.usage.uncached_input_tokens for one in usage] == [1000, 0]
    assert [one.usage.cache_creation.ephemeral_1h_input_tokens for one in usage] == [0, 7]
