"""`usage-vs-revenue push chartmogul`, through real HTTP, over the life of a few customers."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from rich.console import Console

from pipelines.cli import main
from support.chartmogul_server import API_KEY, Account, serve


@dataclass
class Company:
    """A published build of four customers, and ChartMogul, which knows three of them."""

    folder: Path
    account: Account

    def publish(self, day: int, changes: str = "") -> None:
        """A build as `dbt build` publishes it, of the three tables that are read."""
        published = self.folder / "published"
        published.mkdir(exist_ok=True)
        path = published / f"build_2026110{day}T000000_0000000{day}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                f"""
                create schema monitoring; create schema finance; create schema core;
                create table monitoring.build as select '2026110{day}T000000_0000000{day}' as
                    build_id, timestamp '2026-11-03' as built_at, timestamp '2026-11-03' as as_of,
                    'usd' as report_currency, 'UTC' as report_timezone;
                create table core.dim_customers as select * from (values
                    ('cus_1', 'cus_1'), ('paddle:ctm_2', 'ctm_2'), ('cus_3', 'cus_3'),
                    ('cus_4', 'cus_4'), ('a:42', '42'), ('b:42', '42'), ('erased_1', 'erased_1')
                ) as rows (customer_id, native_id);
                create table finance.customers as
                    select customer_id, 'x' as billing_provider,
                        12.345::decimal(38, 9) as ai_cost_usd_30d,
                        0.1995::decimal(38, 9) as margin_rate, 1000::bigint as llm_calls_30d
                    from core.dim_customers;
                update finance.customers set margin_rate = null, llm_calls_30d = 0
                    where customer_id = 'cus_3';
                create table finance.mrr_movements_by_month as
                    select date '2026-10-01' as month, 'usd' as currency, false as is_provisional,
                        0::decimal(38, 9) as fx_mrr, 4::bigint as closing_customers,
                        500::decimal(38, 9) as closing_mrr, 100::decimal(38, 9) as new_mrr,
                        40::decimal(38, 9) as expansion_mrr, -10::decimal(38, 9) as contraction_mrr,
                        -20::decimal(38, 9) as churn_mrr, -30::decimal(38, 9) as pause_mrr,
                        5::decimal(38, 9) as reactivation_mrr, 15::decimal(38, 9) as resume_mrr
                    union all
                    select date '2026-11-01', 'usd', true, 0, 4, 510, 10, 0, 0, 0, 0, 0, 0;
                {changes}
                """
            )
        link = published / "link"
        link.symlink_to(path.name)
        link.replace(published / "current.duckdb")

    def push(self, *arguments: str, expect: int = 0, key: str = API_KEY) -> str:
        said = io.StringIO()
        settings = {
            "WAREHOUSE_PATH": str(self.folder / "warehouse.duckdb"),
            "PUBLISHED_DIR": str(self.folder / "published"),
            "CHARTMOGUL_API_KEY": key,
            "CHARTMOGUL_BASE_URL": self.account.url,
            "RUNTIME__REQUEST_MAX_ATTEMPTS": "3",
            "RUNTIME__REQUEST_BACKOFF_FACTOR": "0",
        }
        umask = os.umask(0o077)
        with (
            patch.dict(os.environ, settings),
            patch("pipelines.console.Console", lambda **_: Console(file=said, width=400)),
        ):
            code = main(["push", "chartmogul", *arguments])
        os.umask(umask)
        assert code == expect, said.getvalue()
        assert API_KEY not in said.getvalue()
        return said.getvalue()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    customers = {"uuid_1": "cus_1", "uuid_2": "ctm_2", "uuid_3": "cus_3", "uuid_1b": "cus_1"}
    customers |= {"uuid_42": "42", "uuid_0": "cus_somebody_else"}
    months = [
        {
            "date": "2026-10-31",
            "mrr": 50000,
            "mrr-new-business": 10000,
            "mrr-expansion": 4000,
            "mrr-contraction": -1000,
            "mrr-churn": -5000,
            "mrr-reactivation": 3000,
        },
        {"date": "2026-11-03", "mrr": 48000, "mrr-new-business": 1000},
    ]
    with serve(Account(customers, months)) as account:
        company = Company(tmp_path, account)
        company.publish(1)
        yield company


def test_customers_there_are_told_with_types_and_bands(company: Company) -> None:
    said = company.push()
    told = company.account.attributes
    assert set(told) == {"uuid_1", "uuid_1b", "uuid_2", "uuid_3"}
    assert told["uuid_2"] == {
        "ai_cost_30d": ("Decimal", "12.34"),
        "gross_margin_pct": ("Decimal", "20.0"),
        "margin_band": ("String", "0 to 20 %"),
        "cost_per_request": ("Decimal", "0.012345"),
        "uvr_build": ("String", "20261101T000000_00000001"),
    }
    assert "42: two customers here" in said
    assert "4 customers told" in said
    assert not any("invoice" in path for _, path in company.account.requests)


def test_what_is_unknown_is_removed_and_never_zero(company: Company) -> None:
    company.account.attributes["uuid_3"] = {"gross_margin_pct": ("Decimal", "55")}
    company.push()
    told = company.account.attributes["uuid_3"]
    assert set(told) == {"ai_cost_30d", "margin_band", "uvr_build"}
    assert told["margin_band"] == ("String", "unknown")


def test_only_changes_are_sent(company: Company) -> None:
    company.push()
    first = len(company.account.writes)
    company.publish(2)  # a new build with the same numbers
    assert "4 know it already" in company.push()
    assert len(company.account.writes) == first
    company.publish(
        3, "update finance.customers set ai_cost_usd_30d = 99 where customer_id = 'paddle:ctm_2';"
    )
    company.push()
    assert len(company.account.writes) == first + 1
    assert company.account.attributes["uuid_2"]["uvr_build"][1].startswith("20261103")


def test_limits_are_waited_out_and_one_failure_costs_one_customer(company: Company) -> None:
    company.account.faults = [429, 503]
    company.account.broken = {"uuid_2"}
    said = company.push(expect=1)
    assert "paddle:ctm_2" in said
    assert set(company.account.attributes) == {"uuid_1", "uuid_1b", "uuid_3"}
    company.account.broken = set()
    company.push()
    assert "uuid_2" in company.account.attributes
    assert company.account.writes[-1] == ("POST", "/v1/customers/uuid_2/attributes/custom")


def test_a_dry_run_sends_nothing_and_leaves_no_file(company: Company) -> None:
    said = company.push("--dry-run")
    assert "cus_1: ai_cost_30d 12.34" in said
    assert not company.account.writes
    assert not list(company.folder.glob("*.sqlite"))


def test_a_memory_that_is_damaged_is_said_and_nothing_is_sent(company: Company) -> None:
    (company.folder / "warehouse.chartmogul.sqlite").write_bytes(b"not a database" * 100)
    assert "cannot be used" in company.push(expect=2)
    assert not company.account.writes


def test_mrr_stands_beside_theirs_with_reasons(company: Company) -> None:
    output = company.folder / "push.json"
    said = company.push("--output", str(output))
    rows = {
        (one["month"], one["measure"]): one
        for one in json.loads(output.read_text())["comparison"]
    }  # fmt: skip
    october = {measure: one for (month, measure), one in rows.items() if month == "2026-10-01"}
    assert october.pop("reactivation")["difference"] == "-10.000000000"
    assert {one["reason"] for one in october.values()} == {"equal to the cent of each customer"}
    assert october["churn"]["ours"] == "-50.000000000"  # a pause is churn there
    assert rows["2026-10-01", "reactivation"]["reason"].startswith("not explained")
    assert rows["2026-11-01", "mrr"]["reason"] == "the month is running"
    assert rows["2026-11-01", "churn"]["theirs"] is None
    assert rows["2026-11-01", "churn"]["reason"] == "not told by ChartMogul"
    assert "2026-10  reactivation" in said


def test_another_currency_is_not_compared(company: Company) -> None:
    company.account.currency = "EUR"
    output = company.folder / "push.json"
    company.push("--output", str(output))
    found = json.loads(output.read_text())["comparison"]
    assert {(one["difference"], one["reason"]) for one in found} == {(None, "other currency")}


def test_a_wrong_key_is_said_and_not_shown(company: Company) -> None:
    said = company.push(key="cm_wrong_key", expect=1)
    assert "CHARTMOGUL_API_KEY" in said
    assert "cm_wrong_key" not in said
