"""The OpenAI source, run whole against a small server: real HTTP in, rows of the warehouse out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import duckdb
import openai.types.admin.organization as sdk
import pytest
import yaml
from rich.console import Console

from demo import DemoParameters, DemoServer, generate_company
from pipelines.console import Reporter
from pipelines.run import run
from pipelines.sources.openai.tables import (
    COST_RESULT_COLUMNS,
    USAGE_DIMENSIONS,
    USAGE_RESULT_COLUMNS,
)
from support.commands import ROOT, Project
from support.openai_server import ADMIN_KEY, Organisation, cost, serve

DAY_1, DAY_2, DAY_3 = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)

CURRENT_RESULTS = """
    select results.* from raw_openai.cost_results as results
    join (
        select _version_id, row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) as recency
        from raw_openai.cost_buckets
    ) as buckets on buckets._version_id = results._version_id and buckets.recency = 1
"""


@dataclass
class Runs:
    """Runs of the source in this process, on a warehouse of its own."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    text: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def load(self, as_of: str, *, expect: int = 0, full_refresh: bool = False) -> str:
        """Run at a clock; returns everything a person would have seen."""
        shown = io.StringIO()
        for name, value in {**self.settings, "AS_OF": as_of}.items():
            self.monkeypatch.setenv(name, value)
        console = Console(file=shown, width=200)
        code = run(["openai"], full_refresh=full_refresh, reporter=Reporter(console, console))
        assert code == expect, shown.getvalue()
        return shown.getvalue()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def versions(self, day: date, table: str = "cost_buckets") -> int:
        where = f"where bucket_date = date '{day}'"
        return int(self.rows(f"select count(*) from raw_openai.{table} {where}")[0][0])

    def total(self) -> Decimal:
        sql = f"select coalesce(sum(amount__value), 0) from ({CURRENT_RESULTS})"
        return Decimal(self.rows(sql)[0][0])


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
def organisation(runs: Runs) -> Iterator[Organisation]:
    with serve(Organisation(today=DAY_3)) as server:
        runs.settings |= {
            "SOURCES__OPENAI__ADMIN_KEY": ADMIN_KEY,
            "SOURCES__OPENAI__BASE_URL": server.url,
            "SOURCES__OPENAI__START_DATE": DAY_1.isoformat(),
        }
        yield server


# ---- the bill -----------------------------------------------------------------------------------


def test_every_spelling_of_an_amount_is_exact(runs: Runs, organisation: Organisation) -> None:
    fixture = ROOT / "tests" / "python" / "fixtures" / "cost_cases.yaml"
    cases = {one["id"]: one for one in yaml.safe_load(fixture.read_text())["cases"]}
    case = cases["C14_amount_types"]
    spellings = [*case["given"]["amount_values_json"], "0.123456789012345678"]
    nanos = case["expect"]["nano"]
    organisation.costs[DAY_1] = [cost(text, f"{i:02}") for i, text in enumerate(spellings)]
    runs.load("2026-03-03")
    amounts = dict(runs.rows("select line_item, amount__value from raw_openai.cost_results"))
    for number, nano in enumerate(nanos):
        rounded = amounts[f"{number:02}"].quantize(Decimal("1e-9"))
        assert rounded == Decimal(nano).scaleb(-9)
    assert amounts["05"] == Decimal("1.4528752074471551")
    assert amounts[f"{len(nanos):02}"] == Decimal("0.123456789012345678")
    assert (
        runs.rows(
            "select data_type from information_schema.columns "
            "where table_name = 'cost_results' and column_name in ('amount__value', 'quantity')"
        )
        == [("DECIMAL(38,18)",)] * 2
    )


def test_bucket_columns(runs: Runs, organisation: Organisation) -> None:
    organisation.costs[DAY_1] = [cost("1", "m, input")]
    runs.load("2026-03-03T12:00:00Z")
    assert runs.rows(
        "select id, scope, cast(bucket_date as varchar), cast(start_time as varchar), "
        "cast(end_time as varchar), results_quarantined, _observed_via, "
        "cast(_observed_at as varchar) from raw_openai.cost_buckets order by id limit 1"
    ) == [
        (
            "organization|2026-03-01",
            "organization",
            "2026-03-01",
            "2026-03-01 00:00:00",
            "2026-03-02 00:00:00",
            0,
            "list",
            "2026-03-03 12:00:00",
        )
    ]


def test_a_second_run_adds_nothing_however_the_same_bill_is_said(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.costs[DAY_1] = [cost("0.06", "a"), cost("12.5", "b"), cost("1.29e-05", "c")]
    runs.load("2026-03-03")
    organisation.costs[DAY_1] = [
        cost("0.0000129", "c"),
        cost('"12.50"', "b"),
        cost("0.060", "a"),
    ]
    organisation.results_per_page = 1
    organisation.page_days = 2
    shown = runs.load("2026-03-03")
    assert runs.versions(DAY_1) == 1
    rows = runs.rows(
        "select mode, rows_new, rows_changed, rows_quarantined from raw_openai.syncs "
        "order by _dlt_load_id"
    )
    assert [row[0] for row in rows] == ["full", "incremental"]
    assert rows[1] == ("incremental", 0, 0, 0), shown


def test_a_day_split_over_pages_is_one_day(runs: Runs, organisation: Organisation) -> None:
    organisation.costs = {
        DAY_1: [cost(str(number), f"{number}") for number in range(1, 6)],
        DAY_2: [cost("100", "x"), cost("200", "y")],
    }
    organisation.results_per_page, organisation.page_days = 1, 2
    runs.load("2026-03-03")
    assert runs.total() == 315
    assert (runs.versions(DAY_1), runs.versions(DAY_2)) == (1, 1)


def test_a_restated_day_replaces_the_whole_day_and_keeps_its_history(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.costs[DAY_1] = [cost("8", "m-54, input"), cost("1", "evals | m-mini, input")]
    runs.load("2026-03-02")
    organisation.costs[DAY_1] = [cost("9.99", "m-54, input")]
    runs.load("2026-03-03")
    assert runs.total() == Decimal("9.99")
    history = runs.rows(
        "select sum(results.amount__value) from raw_openai.cost_results as results "
        "join raw_openai.cost_buckets using (_version_id) "
        "group by cost_buckets._observed_at order by cost_buckets._observed_at"
    )
    assert [Decimal(row[0]) for row in history] == [9, Decimal("9.99")]


@pytest.mark.parametrize("is_left_out", [False, True])
def test_a_day_restated_to_nothing_is_a_version_without_rows(
    runs: Runs, organisation: Organisation, is_left_out: bool
) -> None:
    organisation.costs = {DAY_1: [cost("8", "a")], DAY_2: [cost("5", "a")]}
    runs.load("2026-03-02")
    del organisation.costs[DAY_1]
    if is_left_out:
        organisation.no_bucket = {DAY_1}
    shown = runs.load("2026-03-03")
    assert runs.total() == 5
    assert runs.versions(DAY_1) == 2
    assert ("2026-03-01 was restated to nothing" in shown) == is_left_out
    runs.load("2026-03-03")
    assert runs.versions(DAY_1) == 2


def test_what_the_clock_has_not_reached_is_not_loaded(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.costs = {DAY_2: [cost("1", "a")], DAY_3: [cost("2", "a")]}
    runs.load("2026-03-03T00:00:00Z")
    assert runs.versions(DAY_2) == 1
    assert runs.versions(DAY_3) == 0


def test_keys_are_asked_for_from_the_day_the_api_knows_them(
    runs: Runs, organisation: Organisation
) -> None:
    runs.settings["SOURCES__OPENAI__START_DATE"] = "2025-12-04"
    organisation.costs = {
        date(2025, 12, 5): [cost("1", "a", key=None)],
        date(2025, 12, 6): [cost("2", "a")],
    }
    organisation.today = date(2025, 12, 8)
    organisation.page_days = 2
    runs.load("2025-12-08")
    asked = [query for path, query in organisation.requests if path.endswith("/costs")]
    assert [query["group_by"] for query in asked if "page" not in query] == [
        ["project_id", "line_item"],
        ["project_id", "line_item", "api_key_id"],
    ]
    assert organisation.first_days("/costs") == [date(2025, 12, 4), date(2025, 12, 6)]
    assert all("end_time" not in query and query["bucket_width"] == ["1d"] for query in asked)
    assert runs.rows(
        "select _root_id, api_key_id, amount__value from raw_openai.cost_results order by 1"
    ) == [
        ("organization|2025-12-05", None, Decimal(1)),
        ("organization|2025-12-06", "key_1", Decimal(2)),
    ]


def test_a_refused_dimension_is_done_without(runs: Runs, organisation: Organisation) -> None:
    organisation.refused_dimension = "api_key_id"
    organisation.costs[DAY_1] = [cost("7", "a", key=None)]
    shown = runs.load("2026-03-03")
    assert "refuses to group by api_key_id" in shown
    assert runs.total() == 7


def test_a_dimension_that_cannot_be_missed_is_an_error(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.refused_dimension = "line_item"
    shown = runs.load("2026-03-03", expect=1)
    assert "/v1/organization/costs answered 400: Cannot group by line_item here." in shown


UNREADABLE = {
    "NaN": "amount.value: 'NaN' is not a finite number",
    '"12 dollars"': "amount.value: '12 dollars' is not a number",
    "true": "amount.value: True is not a number",
    "null": "amount.value: None is not a number",
    "1e30": "amount.value: Decimal('1E+30') is not a decimal(38,18)",
}


def test_a_result_that_cannot_be_written_costs_only_itself(
    runs: Runs, organisation: Organisation
) -> None:
    """Nested deeper than anything is written; half of a surrogate pair is replaced."""
    deep = f'{cost("2", "b")[:-1]}, "odd": {"[" * 300}{"]" * 300}}}'
    organisation.costs[DAY_1] = [cost("1", "a"), deep, cost("4", "half \ud800")]
    assert "1 of 3 results of" in runs.load("2026-03-05")
    assert runs.total() == 5
    [(column, raw)] = runs.rows("select field, raw from raw_openai.quarantine")
    assert (column, json.loads(raw)) == ("results", json.loads(cost("2", "b")))


def test_an_unreadable_amount_is_quarantined_and_the_rest_of_the_day_counts(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.today = date(2026, 3, len(UNREADABLE))
    for number, spelling in enumerate(UNREADABLE, 1):
        results = [cost("8", "a"), cost(spelling, "b"), cost("1", "c")]
        organisation.costs[date(2026, 3, number)] = results
    shown = runs.load("2026-03-05")
    assert "1 of 3 results of organization|2026-03-01 cannot be read" in shown
    assert runs.total() == 9 * len(UNREADABLE)
    quarantined = runs.rows(
        "select source_table, record_id, field, reason, raw from raw_openai.quarantine order by 2"
    )
    for number, (table, record, column, reason, raw) in enumerate(quarantined, 1):
        assert (table, record) == ("cost_results", f"organization|2026-03-0{number}")
        assert (column, json.loads(raw)["line_item"]) == ("amount.value", "b")
        assert reason.startswith(list(UNREADABLE.values())[number - 1]), reason
    assert runs.rows("select sum(results_quarantined), count(*) from raw_openai.cost_buckets") == [
        (len(UNREADABLE), len(UNREADABLE))
    ]
    assert len(quarantined) == len(UNREADABLE)

    assert "cannot be read" in runs.load("2026-03-05")
    assert runs.rows("select count(*) from raw_openai.quarantine") == [(len(UNREADABLE),)]

    organisation.costs[DAY_1] = [cost("8", "a"), cost("3", "b"), cost("1", "c")]
    assert f"|{DAY_1} cannot be read" not in runs.load("2026-03-05")
    assert runs.total() == 9 * len(UNREADABLE) + 3


def test_an_earlier_start_date_loads_the_earlier_days_only(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.today = date(2026, 3, 20)
    organisation.costs = {date(2026, 1, 10): [cost("1", "a")], DAY_1: [cost("2", "a")]}
    runs.load("2026-03-20")
    organisation.requests.clear()
    runs.settings["SOURCES__OPENAI__START_DATE"] = "2026-01-01"
    runs.load("2026-03-20")
    assert organisation.first_days("/costs") == [date(2026, 1, 1)]  # meets the open month
    assert runs.total() == 3
    organisation.requests.clear()
    runs.load("2026-03-20")
    assert organisation.first_days("/costs") == [DAY_1]


def test_full_refresh_reads_all_and_doubles_nothing(runs: Runs, organisation: Organisation) -> None:
    organisation.today = date(2026, 4, 20)
    organisation.costs = {DAY_1: [cost("2", "a")], DAY_2: [cost("3", "a")]}
    runs.load("2026-04-20")
    organisation.costs[DAY_1] = [cost("4", "a")]  # a restatement after the windows
    runs.load("2026-04-20")
    assert runs.total() == 5
    runs.load("2026-04-20", full_refresh=True)
    assert runs.total() == 7
    assert (runs.versions(DAY_1), runs.versions(DAY_2)) == (2, 1)


@pytest.mark.parametrize("fault", ["repeat_token", "repeat_page", "no_token"])
def test_paging_that_goes_round_in_circles_is_an_error(
    runs: Runs, organisation: Organisation, fault: str
) -> None:
    organisation.costs = {one: [cost("1", "a")] for one in (DAY_1, DAY_2, DAY_3)}
    organisation.page_days = 1
    organisation.fault = fault
    shown = runs.load("2026-03-03", expect=1)
    assert "openai: /v1/organization/costs" in shown
    assert len(organisation.requests) < 5
    organisation.fault = None
    runs.load("2026-03-03")
    assert runs.total() == 3
    assert runs.versions(DAY_1) == 1


# ---- keys and failures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "status"), [("sk-proj-Zq7Wn3secret", 403), ("sk-admin-wrong", 401)]
)
def test_a_refused_key_is_explained_and_not_tried_again(
    runs: Runs, organisation: Organisation, key: str, status: int
) -> None:
    runs.settings["SOURCES__OPENAI__ADMIN_KEY"] = key
    shown = runs.load("2026-03-03", expect=1)
    assert f"/v1/organization/costs answered {status}" in shown
    assert "SOURCES__OPENAI__ADMIN_KEY" in shown
    assert "admin key" in shown
    assert "api.usage.read" in shown
    assert key not in shown
    assert len(organisation.requests) == 1


def test_rate_limits_and_server_errors_are_tried_again(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.costs[DAY_1] = [cost("1", "a")]
    organisation.failures = [429, 500]
    runs.load("2026-03-03")
    assert runs.total() == 1


def test_a_server_that_stays_down_is_given_up_and_the_next_run_heals(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.costs[DAY_1] = [cost("1", "a")]
    organisation.failures = [500] * 3
    assert "Given up after all retries" in runs.load("2026-03-03", expect=1)
    runs.load("2026-03-03")
    assert runs.total() == 1


@pytest.mark.parametrize(
    "fault",
    [
        "rate_limit",
        pytest.param("server_error", marks=pytest.mark.faults),
        pytest.param("drop", marks=pytest.mark.faults),
        pytest.param("truncate", marks=pytest.mark.faults),
    ],
)
def test_a_fault_that_passes_costs_nothing_but_a_request(
    runs: Runs, tmp_path: Path, fault: str
) -> None:
    company = generate_company(
        tmp_path / "company", DemoParameters(seed=7, customers=2, events=300)
    )
    with DemoServer(company.store, clock="2026-03-03T00:00:00Z") as server:
        runs.settings |= {
            "SOURCES__OPENAI__ADMIN_KEY": "sk-admin-demo",
            "SOURCES__OPENAI__BASE_URL": server.url,
            "SOURCES__OPENAI__START_DATE": "2026-03-01",
        }
        server.fault(fault, "/v1/organization/costs", times=1)
        runs.load("2026-03-02")
        assert server.requests["/v1/organization/costs"] == 2
    assert runs.rows("select id from raw_openai.cost_buckets order by id") == [
        ("organization|2026-03-01",),
        ("organization|2026-03-02",),
    ]


def test_settings_that_are_wrong_stop_the_run(runs: Runs, organisation: Organisation) -> None:
    runs.settings["SOURCES__OPENAI__START_DATE"] = "soon"
    assert "SOURCES__OPENAI__START_DATE" in runs.load("2026-03-03", expect=2)
    runs.settings["SOURCES__OPENAI__START_DATE"] = "2026-03-09"
    assert "after the clock" in runs.load("2026-03-03", expect=2)
    runs.settings["SOURCES__OPENAI__ADMIN_KEY"] = f"{ADMIN_KEY}\nsecond line"
    shown = runs.load("2026-03-03", expect=2)
    assert "SOURCES__OPENAI__ADMIN_KEY" in shown
    assert ADMIN_KEY not in shown
    del runs.settings["SOURCES__OPENAI__ADMIN_KEY"]
    runs.monkeypatch.delenv("SOURCES__OPENAI__ADMIN_KEY")
    assert "not configured" in runs.load("2026-03-03", expect=2)
    assert organisation.requests == []


def test_nothing_left_behind_holds_the_key_or_an_address(
    project: Project, organisation: Organisation, runs: Runs
) -> None:
    jane = {"id": "user_1", "email": "jane.doe@example.com", "name": "Jane", "added_at": 1}
    organisation.lists = {"users": [jane], "projects": [{"id": "proj_a", "name": "A"}]}
    organisation.lists["projects/proj_a/api_keys"] = [
        {"id": "key_1", "name": "app", "value": "sk-live-value", "owner": {"user": jane}}
    ]
    kept = {name: value for name, value in runs.settings.items() if name != "WAREHOUSE_PATH"}
    project.settings |= {**kept, "AS_OF": "2026-03-03"}
    organisation.refusals["costs"] = 403
    failed = project.load("openai", expect=1)
    del organisation.refusals["costs"]
    done = project.load("openai")
    project.settings["SOURCES__OPENAI__ADMIN_KEY"] = "sk-admin-other"
    refused = project.load("openai", expect=1)

    secrets = [ADMIN_KEY, "sk-admin-other", "jane.doe@example.com", "sk-live-value"]
    shown = "".join(one.stdout + one.stderr for one in (failed, done, refused))
    assert not [secret for secret in secrets if secret in shown]
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert project.warehouse in files
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], path
        assert path.stat().st_mode & 0o077 == 0, path
    [(email, raw)] = project.rows("select email, _raw from raw_openai.users")
    assert email.endswith("@example.com")
    assert email in raw


# ---- usage and names ----------------------------------------------------------------------------


def test_usage_of_all_endpoints_lands_in_one_table(runs: Runs, organisation: Organisation) -> None:
    organisation.usage = {
        "completions": {
            DAY_1: [
                {
                    "object": "organization.usage.completions.result",
                    "project_id": "proj_a",
                    "model": "gpt-4o",
                    "batch": False,
                    "input_tokens": 100,
                    "input_cached_tokens": 40,
                    "output_tokens": 7,
                    "num_model_requests": 3,
                }
            ]
        },
        "vector_stores": {DAY_2: [{"project_id": "proj_a", "usage_bytes": 2**40}]},
    }
    runs.load("2026-03-03")
    assert runs.rows(
        "select _root_id, model, batch, input_tokens, input_cached_tokens, output_tokens, "
        "usage_bytes from raw_openai.usage_results order by 1"
    ) == [
        ("completions|2026-03-01", "gpt-4o", False, 100, 40, 7, None),
        ("vector_stores|2026-03-02", None, None, None, None, None, 2**40),
    ]
    asked = {path.rpartition("/")[2]: query for path, query in organisation.requests}
    for name, dimensions in USAGE_DIMENSIONS.items():
        assert asked[name]["group_by"] == list(dimensions)
        assert int(asked[name]["limit"][0]) <= 31
    endpoints = {row[0] for row in runs.rows("select endpoint from raw_openai.usage_buckets")}
    assert endpoints == set(USAGE_DIMENSIONS)


@pytest.mark.parametrize("status", [403, 404])
def test_an_endpoint_that_may_not_be_read_is_skipped_and_made_up_for_later(
    runs: Runs, organisation: Organisation, status: int
) -> None:
    organisation.today = date(2026, 4, 20)
    organisation.usage = {"images": {DAY_1: [{"images": 5, "num_model_requests": 1}]}}
    organisation.refusals = {"usage/images": status, "users": status}
    shown = runs.load("2026-04-20")
    assert "usage/images skipped" in shown
    assert "users skipped" in shown
    skipped = "select endpoint, is_complete from raw_openai.sync_endpoints where status = 'skipped'"
    assert sorted(runs.rows(skipped)) == [("usage/images", False), ("users", False)]
    organisation.refusals = {}
    runs.load("2026-04-20")
    assert runs.rows("select images from raw_openai.usage_results") == [(5,)]


def test_a_wrong_usage_number_is_quarantined(runs: Runs, organisation: Organisation) -> None:
    organisation.usage = {"images": {DAY_1: [{"images": 1.5}, {"images": 2}, {"images": 2**70}]}}
    runs.load("2026-03-03")
    assert runs.rows("select images from raw_openai.usage_results") == [(2,)]
    reasons = runs.rows("select field, source_table from raw_openai.quarantine")
    assert reasons == [("images", "usage_results")] * 2


def test_names_once_seen_are_kept(runs: Runs, organisation: Organisation) -> None:
    organisation.lists = {
        "projects": [{"id": f"proj_{i}", "name": f"P{i}", "created_at": 1} for i in range(5)],
        "projects/proj_0/api_keys": [{"id": "key_1", "name": "app", "created_at": 1}],
        "admin_api_keys": [{"id": "key_admin", "name": "loads", "created_at": 1}],
    }
    runs.load("2026-03-03")
    organisation.lists["projects"] = organisation.lists["projects"][1:]
    organisation.lists["admin_api_keys"] = [{"id": "key_admin", "name": "new", "created_at": 1}]
    runs.load("2026-03-04")
    assert runs.rows("select count(distinct id) from raw_openai.projects") == [(5,)]
    gone = "select id, _is_deleted, name from raw_openai.{} where _is_deleted"
    assert runs.rows(gone.format("projects")) == [("proj_0", True, None)]
    assert runs.rows(gone.format("project_api_keys")) == [("key_1", True, None)]
    assert runs.rows("select project_id from raw_openai.project_api_keys where name = 'app'") == [
        ("proj_0",)
    ]
    names = "select name from raw_openai.admin_api_keys order by _observed_at"
    assert runs.rows(names) == [("loads",), ("new",)]


def test_keys_of_a_project_that_may_not_be_read_are_not_closed(
    runs: Runs, organisation: Organisation
) -> None:
    organisation.lists = {
        "projects": [{"id": "proj_0", "name": "P", "created_at": 1}],
        "projects/proj_0/api_keys": [{"id": "key_1", "name": "app", "created_at": 1}],
    }
    runs.load("2026-03-03")
    organisation.refusals = {"projects/proj_0/api_keys": 403}
    runs.load("2026-03-04")
    assert runs.rows("select _is_deleted from raw_openai.project_api_keys") == [(False,)]


def test_a_lost_working_folder_and_a_lost_warehouse_are_both_made_up_for(
    runs: Runs, organisation: Organisation
) -> None:
    import shutil

    organisation.today = date(2026, 4, 20)
    organisation.costs = {DAY_1: [cost("2", "a")]}
    runs.load("2026-04-20")
    shutil.rmtree(runs.folder / ".warehouse_pipelines")
    organisation.requests.clear()
    runs.load("2026-04-20")
    assert organisation.first_days("/costs") == [date(2026, 4, 1)]
    runs.warehouse.unlink()
    runs.load("2026-04-20")
    assert runs.total() == 2


# ---- the fields of the vendor's own package -----------------------------------------------------


def _result_fields(module: object) -> dict[str, set[str]]:
    return {
        name: set(value.model_fields)
        for name, value in vars(module).items()
        if name.startswith("DataResult") and isinstance(value, type)
    }


def test_declared_columns_are_those_of_the_vendors_package() -> None:
    import openai.types.admin.organization.usage_completions_response as completions
    import openai.types.admin.organization.usage_decisions_response as decisions

    fields = _result_fields(completions)
    costs = fields.pop("DataResultOrganizationCostsResult")
    fields.pop("DataResultOrganizationCostsResultAmount")
    assert costs - {"amount", "object"} <= set(COST_RESULT_COLUMNS)
    usage = set().union(*fields.values(), *_result_fields(decisions).values())
    assert usage == set(USAGE_RESULT_COLUMNS)


def _texts_of(annotation: Any) -> set[str]:
    """All texts of the literals inside a type."""
    if isinstance(annotation, str):
        return {annotation}
    return set().union(*(_texts_of(part) for part in get_args(annotation)))


def test_dimensions_are_those_of_the_vendors_package() -> None:
    for name, dimensions in USAGE_DIMENSIONS.items():
        parameters = getattr(sdk, f"Usage{name.title().replace('_', '')}Params")
        group_by = get_type_hints(parameters)["group_by"]
        assert _texts_of(group_by) == set(dimensions), name
