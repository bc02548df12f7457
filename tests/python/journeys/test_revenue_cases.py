"""The revenue and margin cases, as Stripe invoices through API, pipeline and models, to the cent.

Each case is one customer with one invoice of one line, or what the case says; products of the cases
are mapped to features in a copy of the seeds.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import DemoServer
from demo.company.event_files import write_rows
from demo.company.scenarios import BillRow, place_bill, place_objects
from demo.timeline import epoch
from demo.vendors.store import StoreWriter
from support.commands import ROOT, Project

CASES = {
    case["id"].split("_")[0]: case
    for case in yaml.safe_load(
        (Path(__file__).parents[1] / "fixtures" / "cost_cases.yaml").read_text()
    )["cases"]
}
CLOCK = "2027-02-01T00:00:00Z"
MAP = [
    ("prod_r01", "chat", "direct", "1"),
    ("prod_r03", "chat", "usage_weighted", ""),
    ("prod_r03", "extract", "usage_weighted", ""),
    ("prod_r03", "search", "usage_weighted", ""),
    ("prod_r05", "chat", "usage_weighted", ""),
    ("prod_even", "chat", "even", ""),
    ("prod_even", "code", "even", ""),
    ("prod_even", "search", "even", ""),
]
#: `export` of case R03 is a feature that the seeds do not know.
FEATURES = {"chat": "chat", "export": "extract", "search": "search"}
Json = dict[str, Any]


def line(case: str, amount: int, start: str, end: str, product: str, **other: Any) -> Json:
    return {
        "id": f"il_{case}",
        "object": "line_item",
        "amount": amount,
        "currency": "usd",
        "description": case,
        "discount_amounts": [],
        "taxes": [],
        "invoice": f"in_{case}",
        "period": {"start": epoch(start), "end": epoch(end)},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": f"price_{case}", "product": product},
        },
        "quantity": 1,
    } | other


def invoice(case: str, lines: list[Json], day: str, **other: Any) -> Json:
    total = sum(
        row["amount"]
        - sum(discount["amount"] for discount in row["discount_amounts"])
        + sum(tax["amount"] for tax in row["taxes"] if tax["tax_behavior"] == "exclusive")
        for row in lines
    )
    at = epoch(day)
    return {
        "id": f"in_{case}",
        "object": "invoice",
        "created": at,
        "customer": f"cus_{case}",
        "currency": "usd",
        "status": "paid",
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "lines": {
            "object": "list", "data": lines, "has_more": False,
            "url": f"/v1/invoices/in_{case}/lines",
        },
        "status_transitions": {"finalized_at": at, "paid_at": at},
        "starting_balance": 0,
        "subtotal": sum(row["amount"] for row in lines),
        "total": total,
        "amount_due": total,
        "amount_paid": total,
    } | other  # fmt: skip


def tax(amount: int, behavior: str) -> Json:
    return {"amount": amount, "tax_behavior": behavior, "taxable_amount": None, "type": "tax"}


def given_objects() -> Iterator[Json]:
    r01, r08 = CASES["R01"]["given"]["line"], CASES["R08"]["given"]["line"]
    r06, r10 = CASES["R06"]["given"], CASES["R10"]["given"]["invoice"]
    month = ("2026-03-01", "2026-04-01")
    invoices = [
        invoice("r01", [line("r01", r01["amount_cents"], *r01["period"], "prod_r01")],
                r01["period"][0]),
        invoice("r03", [line("r03", CASES["R03"]["given"]["amount_cents"], *month, "prod_r03")],
                month[0]),
        invoice("r05", [line("r05", CASES["R05"]["given"]["amount_cents"], *month, "prod_r05")],
                month[0]),
        invoice("r06", [line(
            "r06", r06["line"]["amount_cents"], *month, "prod_r01",
            discount_amounts=[{"amount": r06["line"]["discount_cents"], "discount": "di_r06"}],
            taxes=[tax(r06["line"]["tax_exclusive_cents"], "exclusive")],
        )], month[0]),
        invoice("r06i", [line(
            "r06i", r06["inclusive_variant"]["amount_cents"], *month, "prod_r01",
            taxes=[tax(r06["inclusive_variant"]["tax_inclusive_cents"], "inclusive")],
        )], month[0]),
        invoice("r08", [line("r08", r08["amount_cents"], *r08["period"], "prod_r01")],
                r08["period"][0]),
        invoice("r10", [line("r10", r10["lines_cents"], *month, "prod_r01")], month[0],
                starting_balance=r10["starting_balance_cents"], amount_due=r10["amount_due_cents"],
                amount_paid=r10["amount_paid_cents"]),
        invoice("r12", [line("r12", CASES["R12"]["given"]["customer_revenue_cents"], *month,
                             "prod_r01")], month[0]),
        # Beyond the cases: three features and a cent that does not divide; drafts and void ones.
        invoice("even", [line("even", 1000, *month, "prod_even")], month[0]),
        invoice("none", [line("none", 700, *month, "prod_unknown")], month[0]),
        invoice("void", [line("void", 5000, *month, "prod_r01")], month[0], status="void"),
        invoice("draft", [line("draft", 5000, *month, "prod_r01")], month[0], status="draft"),
        invoice("refunded", [
            line("refunded", 3000, *month, "prod_r01"),
            line("refunded", 1000, *month, "prod_even", id="il_refunded2"),
        ], month[0]),
    ]  # fmt: skip
    yield from invoices
    for given in invoices:
        yield {
            "id": given["customer"], "object": "customer", "created": given["created"],
            "name": given["customer"], "metadata": {}, "currency": "usd",
        }  # fmt: skip
    yield {
        "id": "ch_refunded", "object": "charge", "created": epoch("2026-03-01"), "amount": 4000,
        "amount_captured": 4000, "amount_refunded": 1001, "currency": "usd", "paid": True,
        "captured": True, "status": "succeeded", "customer": "cus_refunded", "refunded": False,
        "invoice": "in_refunded", "disputed": False, "metadata": {},
    }  # fmt: skip
    yield {
        "id": "re_refunded", "object": "refund", "created": epoch("2026-03-20"), "amount": 1001,
        "currency": "usd", "charge": "ch_refunded", "status": "succeeded", "metadata": {},
    }  # fmt: skip


def given_events() -> Iterator[Json]:
    for feature, units in CASES["R03"]["given"]["usage_units_in_period"].items():
        yield {
            "event_id": f"r03-{feature}", "event_type": "feature_use", "customer_id": "cus_r03",
            "occurred_at": "2026-03-31T23:59:59Z", "feature": FEATURES[feature], "quantity": units,
        }  # fmt: skip
        # a day too late for the line
        yield {
            "event_id": f"late-{feature}", "event_type": "feature_use", "customer_id": "cus_r03",
            "occurred_at": "2026-04-01T00:00:00Z", "feature": FEATURES[feature], "quantity": 999,
        }  # fmt: skip
    yield {
        "event_id": "r12", "event_type": "llm_request", "customer_id": "cus_r12",
        "occurred_at": "2026-03-05T10:00:00Z", "feature": "chat", "provider": "openai",
        "model": "m-nano", "project_id": "r12", "output_tokens": 0,
        "input_tokens": CASES["R12"]["given"]["attributed_cost_nano"],
    }  # fmt: skip


def write_seeds(folder: Path) -> None:
    shutil.copytree(ROOT / "seeds", folder)
    with (folder / "product_features.csv").open("a", newline="") as file:
        csv.writer(file).writerows([*row, ""] for row in MAP)
    with (folder / "llm_price_overrides.csv").open("a", newline="") as file:
        csv.writer(file).writerow(
            ["openai", "m-nano", "input", "standard", 0, "0.001", "2026-01-01", "", "effective",
             "a contract", "2026-01-01", ""]
        )  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("revenue_cases")
    write_seeds(folder / "seeds")
    store = folder / "store.sqlite"
    place_objects(store, list(given_objects()), clock=CLOCK)
    r12 = CASES["R12"]["given"]
    nano = Decimal(1).scaleb(-9)
    with StoreWriter(store, extend=True) as writer:
        place_bill(writer, date(2026, 3, 5), [
            BillRow("r12", "m-nano, input", r12["attributed_cost_nano"] * nano),
            BillRow("r12", "m-other, input", r12["company_unattributed_cost_nano"] * nano),
        ])  # fmt: skip
    write_rows(folder / "events" / "events.jsonl", given_events())
    project = Project(folder)
    with DemoServer(store, clock=CLOCK) as server:
        project.settings |= {
            "SOURCES__STRIPE__API_KEY": "rk_test_demo_read_only",
            "SOURCES__STRIPE__BASE_URL": server.url,
            "SOURCES__OPENAI__ADMIN_KEY": "sk-admin-demo",
            "SOURCES__OPENAI__BASE_URL": server.url,
            "SOURCES__OPENAI__START_DATE": "2026-03-01",
            "SOURCES__APP_EVENTS__BUCKET_URL": str(folder / "events"),
            "SEEDS_DIR": os.path.relpath(folder / "seeds", ROOT),
            "AS_OF": CLOCK,
        }
        project.load()
    project.dbt("build", "--quiet", "--indirect-selection", "cautious", "--select",
                  "+profit_by_month", "+margin_by_plan_month", "+fct_revenue_by_day")  # fmt: skip
    return project


def by_feature(project: Project, case: str) -> Mapping[str, int]:
    rows = project.rows(
        "select feature_id, sum(revenue_usd) * 100 from core.fct_revenue_by_day "
        f"where customer_id = 'cus_{case}' group by 1 order by 1"
    )
    return {feature: int(cents) for feature, cents in rows}


def earned(project: Project, case: str, first: str, last: str) -> int:
    [(cents,)] = project.rows(
        "select sum(revenue_usd) * 100 from core.fct_revenue_by_day "
        f"where customer_id = 'cus_{case}' and revenue_date between '{first}' and '{last}'"
    )
    return int(cents)


def deferred(project: Project, case: str, month: str) -> int:
    [(cents,)] = project.rows(
        "select sum(deferred_usd) * 100 from core.fct_revenue_by_month "
        f"where customer_id = 'cus_{case}' and month = '{month}'"
    )
    return int(cents)


def test_r01_a_month_is_earned_by_day(played: Project) -> None:
    expect = CASES["R01"]["expect"]
    assert earned(played, "r01", "2026-03-15", "2026-03-31") == expect["march_17_days_cents"]
    assert earned(played, "r01", "2026-04-01", "2026-04-30") == expect["april_14_days_cents"]
    assert deferred(played, "r01", "2026-03-01") == expect["deferred_at_2026-03-31_end_cents"]
    days = [f"2026-03-{day}" for day in (15, 16, 17)]
    assert [earned(played, "r01", day, day) for day in days] == expect["first_3_days"]


def test_r03_usage_in_the_lines_period_shares_it(played: Project) -> None:
    expected = {FEATURES[name]: cents for name, cents in CASES["R03"]["expect"]["cents"].items()}
    assert by_feature(played, "r03") == expected


def test_r05_no_usage_is_unallocated_and_says_why(played: Project) -> None:
    assert by_feature(played, "r05") == CASES["R05"]["expect"]["cents"]
    reasons = played.rows(
        "select customer_id, unallocated_reason from core.fct_revenue_spans "
        "where feature_id = '__unallocated__' order by 1"
    )
    assert reasons == [("cus_none", "no_rule"), ("cus_r05", CASES["R05"]["expect"]["reason"])]


def test_r06_discounts_and_tax_are_no_revenue(played: Project) -> None:
    expect = CASES["R06"]["expect"]
    assert by_feature(played, "r06") == {"chat": expect["revenue_cents"]}
    assert by_feature(played, "r06i") == {"chat": expect["inclusive_variant_revenue_cents"]}


def test_r08_a_year_paid_ahead_is_deferred(played: Project) -> None:
    expect = CASES["R08"]["expect"]
    found = earned(played, "r08", "2026-01-01", "2026-03-31")
    assert found == expect["recognised_by_2026-03-31_90_days_cents"]
    assert deferred(played, "r08", "2026-03-01") == expect["unearned_cents"]


def test_r10_customer_balance_pays_and_is_no_revenue(played: Project) -> None:
    assert by_feature(played, "r10") == {"chat": CASES["R10"]["expect"]["revenue_cents"]}


def test_r12_the_company_carries_what_nobody_caused(played: Project) -> None:
    expect = CASES["R12"]["expect"]
    [(margin, rate)] = played.rows(
        "select margin_usd, margin_rate from unit_economics.margin_by_customer_month "
        "where customer_id = 'cus_r12' and month = '2026-03-01'"
    )
    assert margin * 10**9 == expect["customer_margin_nano"]
    assert f"{rate * 100:.2f}" == expect["customer_margin_pct"]
    [(unattributed,)] = played.rows(
        "select cost_usd from unit_economics.margin_by_customer_month "
        "where customer_id = '__unattributed__' and month = '2026-03-01'"
    )
    assert (margin - unattributed) * 10**9 == expect["company_margin_nano"]
    [(whole,)] = played.rows(
        "select llm_cost_usd from unit_economics.profit_by_month where month = '2026-03-01'"
    )
    assert (
        margin + whole - unattributed
        == Decimal(CASES["R12"]["given"]["customer_revenue_cents"]) / 100
    )


def test_leftover_cents_go_by_largest_remainder_ties_by_feature(played: Project) -> None:
    assert by_feature(played, "even") == {"chat": 334, "code": 333, "search": 333}
    # 1000 x 7 / 31 half up, whatever the number of features
    assert earned(played, "even", "2026-03-01", "2026-03-07") == 226


def test_drafts_and_void_invoices_are_no_revenue(played: Project) -> None:
    assert by_feature(played, "void") == by_feature(played, "draft") == {}


def test_a_refund_without_a_note_is_shared_by_the_net_lines(played: Project) -> None:
    rows = played.rows(
        "select product_id, sum(minor_units) from core.fct_revenue_spans "
        "where revenue_kind = 'refund' group by 1 order by 1"
    )
    assert sum(cents for _, cents in rows) == -1001
    # 1001 x 3 / 4 is 750.75
    assert dict(rows) == {"prod_r01": -751, "prod_even": -250}
    # 3000 and 1000 over 31 days earn 96 and 32 on the 20th day
    assert earned(played, "refunded", "2026-03-20", "2026-03-20") == 96 + 32 - 1001
