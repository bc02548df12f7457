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
    ("prod_base", "chat", "direct", "1"),
    ("prod_tok", "chat", "direct", "1"),
    ("prod_pack", "chat", "direct", "1"),
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


#: Cents of a line that is larger than 18 digits with 12 decimals hold.
LARGE = 25_000_000_001


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
        # a quarter of a billion dollars
        invoice("large", [line("large", LARGE, *month, "prod_r01")], month[0]),
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


def public_objects() -> Iterator[Json]:
    """The reported faults P15, P17 and P21, and what the rules of revenue add to them."""
    p17 = [("2025-01-05", "2025-02-05"), ("2025-02-05", "2025-03-05")]
    tok = {"usage_type": "metered"}
    applied = [
        {
            "amount": 8000,
            "type": "credit_balance_transaction",
            "credit_balance_transaction": "cbt_",
        },
        {"amount": 0, "type": "discount", "discount": "di_none"},
    ]
    january = ("2025-01-01", "2025-02-01")
    february = ("2025-02-01", "2025-03-01")
    march = ("2025-03-01", "2025-04-01")
    invoices = [
        *(invoice(f"p17_{number}", [line(f"p17_{number}", 8000, *period, "prod_r01")], period[0],
                  customer="cus_p17") for number, period in enumerate(p17)),
        *(invoice(f"{name}_used", [
            line(f"{name}_base", 1000, *february, "prod_base"),
            line(f"{name}_tok", 8000, *january, "prod_tok", quantity=40000, pricing=None,
                 price={"id": "price_tok", "product": "prod_tok", "currency": "usd",
                        "type": "recurring", "recurring": tok},
                 pretax_credit_amounts=[row | {"credit_balance_transaction": f"cbt_{name}"}
                                        for row in applied]),
        ], february[0], customer=f"cus_{name}", total=1000, amount_due=1000, amount_paid=1000)
          for name in ("given", "bought")),
        invoice("pack", [line("pack", 8000, "2025-01-15", "2025-01-15", "prod_pack")],
                "2025-01-15", customer="cus_bought"),
        # given up with a half paid, and one that was paid after all
        invoice("lost", [line("lost", 6000, *march, "prod_r01", taxes=[tax(600, "exclusive")])],
                march[0], status="uncollectible", amount_paid=3300, amount_remaining=3300,
                status_transitions={"finalized_at": epoch(march[0]),
                                    "marked_uncollectible_at": epoch("2025-03-20")}),
        invoice("late", [line("late", 5000, *march, "prod_r01")], march[0], amount_remaining=0,
                status_transitions={"finalized_at": epoch(march[0]),
                                    "marked_uncollectible_at": epoch("2025-03-21"),
                                    "paid_at": epoch("2025-04-02")}),
        invoice("chargeback", [line("chargeback", 9900, *february, "prod_r01")], february[0]),
        invoice("asked", [line("asked", 9900, *february, "prod_r01")], february[0]),
        invoice("noted", [line("noted", 10000, "2025-02-01", "2025-02-01", "prod_r01")],
                february[0]),
        *(invoice(f"two{number}", [line(f"two{number}", amount, february[0], february[0],
                                        "prod_r01")],
                  february[0], customer="cus_two") for number, amount in ((1, 2000), (2, 1000))),
        # odd ones: shipping that no line shows; currencies that nobody knows or can value
        invoice("shipped", [line("shipped", 100, february[0], february[0], "prod_r01")],
                february[0], total=150),
        invoice("unknown", [line("unknown", 100, february[0], february[0], "prod_r01",
                                 currency="xyz")], february[0], currency="xyz"),
        invoice("unvalued", [line("unvalued", 100, "2025-06-01", "2025-07-01", "prod_r01",
                                  currency="thb")], "2025-06-01", currency="thb"),
        # weeks of March, kept as a draft and finalised in May
        invoice("draft_then", [line("draft_then", 700, "2025-03-24", "2025-03-31", "prod_r01")],
                "2025-03-24", status_transitions={"finalized_at": epoch("2025-05-01"),
                                                  "paid_at": epoch("2025-05-01")}),
    ]  # fmt: skip
    yield from invoices
    for customer in sorted({given["customer"] for given in invoices}):
        yield {"id": customer, "object": "customer", "created": epoch("2025-01-01"),
               "name": customer, "metadata": {}, "currency": "usd"}  # fmt: skip
    for name, day, amount, of in (
        ("p17_1", "2025-02-05", 8000, {"invoice": "in_p17_1"}),
        ("chargeback", february[0], 9900, {"invoice": "in_chargeback"}),
        ("asked", february[0], 9900, {"invoice": "in_asked"}),
        ("noted", february[0], 10000, {"invoice": "in_noted"}),
        ("two", february[0], 3000, {}),
    ):
        yield {
            "id": f"ch_{name}", "object": "charge", "created": epoch(day), "amount": amount,
            "amount_captured": amount, "amount_refunded": 0, "currency": "usd", "paid": True,
            "captured": True, "status": "succeeded", "customer": f"cus_{name.split('_')[0]}",
            "refunded": False, "disputed": False, "metadata": {},
        } | of  # fmt: skip
    for number, amount in ((1, 2000), (2, 1000)):
        yield {
            "id": f"inpay_two{number}", "object": "invoice_payment", "amount_paid": amount,
            "created": epoch(february[0]), "currency": "usd", "invoice": f"in_two{number}",
            "status": "paid", "payment": {"type": "charge", "charge": "ch_two"},
            "status_transitions": {"paid_at": epoch(february[0])},
        }  # fmt: skip
    yield {
        "id": "inpay_lost", "object": "invoice_payment", "amount_paid": 3300, "status": "paid",
        "created": epoch("2025-03-10"), "currency": "usd", "invoice": "in_lost",
        "payment": {"type": "payment_record"},
        "status_transitions": {"paid_at": epoch("2025-03-10")},
    }  # fmt: skip
    for name, amount in (("p17_1", 8000), ("noted", 6000), ("two", 1501)):
        yield {
            "id": f"re_{name}", "object": "refund", "created": epoch("2025-02-20"),
            "amount": amount, "currency": "usd", "charge": f"ch_{name}", "status": "succeeded",
            "metadata": {},
        }  # fmt: skip
    yield {
        "id": "cn_noted", "object": "credit_note", "created": epoch("2025-02-20"), "amount": 4000,
        "total": 4000, "subtotal": 4000, "currency": "usd", "customer": "cus_noted",
        "invoice": "in_noted", "status": "issued", "type": "post_payment",
        "refunds": [{"amount_refunded": 4000, "refund": "re_noted"}],
        "lines": {"object": "list", "has_more": False, "url": "", "data": [{
            "id": "cnli_noted", "object": "credit_note_line_item", "amount": 4000, "quantity": 1,
            "discount_amounts": [], "taxes": [], "type": "invoice_line_item",
            "invoice_line_item": "il_noted", "description": "in part"}]},
    }  # fmt: skip
    # the usage that credits paid for is credited: nothing was its revenue, so nothing is taken back
    yield {
        "id": "cn_given", "object": "credit_note", "created": epoch("2025-02-22"), "amount": 0,
        "total": 0, "subtotal": 0, "currency": "usd", "customer": "cus_given",
        "invoice": "in_given_used", "status": "issued", "type": "pre_payment", "refunds": [],
        "lines": {"object": "list", "has_more": False, "url": "", "data": [{
            "id": "cnli_given", "object": "credit_note_line_item", "amount": 8000, "quantity": 1,
            "discount_amounts": [], "taxes": [], "type": "invoice_line_item",
            "invoice_line_item": "il_given_tok", "description": "all of it",
            "pretax_credit_amounts": [{"amount": 8000, "type": "credit_balance_transaction",
                                       "credit_balance_transaction": "cbt_given"}]}]},
    }  # fmt: skip
    back = movement("txn_back", "adjustment", "dispute", 9900, 0, "2025-04-11")
    out = movement("txn_out", "adjustment", "dispute", -9900, 1500, "2025-02-25")
    for name, charge, amount, status, moved in (
        ("prevented", "ch_p17_1", 8000, "prevented", []),
        ("asked", "ch_asked", 9900, "warning_closed", []),
        ("won", "ch_chargeback", 9900, "won", [out, back]),
    ):
        yield {
            "id": f"du_{name}", "object": "dispute", "created": epoch("2025-02-20"),
            "amount": amount, "currency": "usd", "charge": charge, "status": status,
            "reason": "fraudulent", "balance_transactions": moved, "metadata": {},
        }  # fmt: skip
    yield from (out, back)
    for name, category, amount, fee, day in (
        ("own_column", "fee", -700, 0, "2025-02-28"), ("own", "fee", -300, 0, "2025-03-31"),
        ("fee_column", "fee", 0, 250, "2025-04-30"),
    ):  # fmt: skip
        yield movement(f"txn_{name}", "stripe_fee", category, amount, fee, day)
    yield {
        "id": "re_lonely", "object": "refund", "created": epoch("2025-02-20"), "amount": 500,
        "currency": "usd", "charge": "ch_nobody", "status": "succeeded", "metadata": {},
    }  # fmt: skip
    yield movement("txn_charge", "charge", "charge", 9900, 330, february[0])
    for name, category in (("given", "promotional"), ("bought", "paid")):
        yield {
            "id": f"credgr_{name}", "object": "billing.credit_grant", "category": category,
            "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 8000}},
            "customer": f"cus_{name}", "created": epoch("2025-01-15"), "name": name,
            "effective_at": epoch("2025-01-15"), "expires_at": None, "voided_at": None,
            "metadata": {},
        }  # fmt: skip


def movement(name: str, kind: str, category: str, amount: int, fee: int, day: str) -> Json:
    """A movement of the account's balance."""
    return {
        "id": name, "object": "balance_transaction", "type": kind, "reporting_category": category,
        "amount": amount, "fee": fee, "net": amount - fee, "currency": "usd", "status": "available",
        "created": epoch(day), "available_on": epoch(day), "source": None, "description": None,
        "exchange_rate": None, "fee_details": [],
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
    place_objects(store, [*given_objects(), *public_objects()], clock=CLOCK)
    r12 = CASES["R12"]["given"]
    nano = Decimal(1).scaleb(-9)
    with StoreWriter(store, extend=True) as writer:
        place_bill(writer, date(2026, 3, 5), [
            BillRow("r12", "m-nano, input", r12["attributed_cost_nano"] * nano),
            BillRow("r12", "m-other, input", r12["company_unattributed_cost_nano"] * nano),
        ])  # fmt: skip
    write_rows(folder / "events" / "events.jsonl", given_events())
    project = Project(folder, stays_open=True)
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
                  "+profit_by_month", "+margin_by_plan_month", "+fct_revenue_by_day",
                "+revenue_by_month", "+exceptions")  # fmt: skip
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


def test_a_line_of_millions_is_earned_to_the_cent(played: Project) -> None:
    days = played.rows(
        "select sum(revenue_usd), count(*) from core.fct_revenue_by_day "
        "where customer_id = 'cus_large'"
    )
    assert days == [(Decimal(LARGE) / 100, 31)]


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
        "where revenue_kind = 'refund' and customer_id = 'cus_refunded' group by 1 order by 1"
    )
    assert sum(cents for _, cents in rows) == -1001
    # 1001 x 3 / 4 is 750.75
    assert dict(rows) == {"prod_r01": -751, "prod_even": -250}
    # 3000 and 1000 over 31 days earn 96 and 32 on the 20th day
    assert earned(played, "refunded", "2026-03-20", "2026-03-20") == 96 + 32 - 1001


def month_of_finance(project: Project, column: str) -> Mapping[str, Decimal]:
    rows = project.rows(
        f"select month, {column} from finance.revenue_by_month where {column} <> 0 order by 1"
    )
    return {str(month)[:7]: amount for month, amount in rows}


def test_p15_the_providers_own_fees_are_costs_of_their_day(played: Project) -> None:
    # 3.30 and 15.00 are the fees of a payment and of a dispute
    assert month_of_finance(played, "fees") == {
        "2025-02": Decimal("7.00") + Decimal("3.30") + Decimal("15.00"),
        "2025-03": Decimal("3.00"),
        "2025-04": Decimal("2.50"),
    }
    rows = played.rows(
        "select fee_date, fee_usd from core.fct_payment_fees where reporting_category = 'fee' "
        "order by 1"
    )
    assert rows == [
        (date(2025, 2, 28), Decimal(7)), (date(2025, 3, 31), Decimal(3)),
        (date(2025, 4, 30), Decimal("2.5")),
    ]  # fmt: skip
    profit = played.rows(
        "select payment_fees_usd from unit_economics.profit_by_month where month = '2025-03-01'"
    )
    assert profit == [(Decimal(3),)]


def test_p17_a_dispute_without_balance_transactions_moves_nothing(played: Project) -> None:
    assert earned(played, "p17", "2025-02-01", "2025-02-28") == 1032 + 6857 - 8000
    assert earned(played, "asked", "2025-01-01", "2026-01-01") == 9900


def test_a_won_dispute_is_reversed_when_the_money_comes_back(played: Project) -> None:
    rows = played.rows(
        "select revenue_kind, booked_date, net_usd from core.fct_revenue_spans "
        "where customer_id = 'cus_chargeback' and revenue_kind <> 'invoice_line' order by 2"
    )
    assert rows == [
        ("dispute", date(2025, 2, 25), Decimal(-99)),
        ("dispute_won", date(2025, 4, 11), Decimal(99)),
    ]
    assert month_of_finance(played, "disputes") == {"2025-02": 99, "2025-04": -99}


def test_p21_credits_given_are_no_revenue_and_credits_bought_are_it_once(played: Project) -> None:
    def of(customer: str, products: str) -> int:
        [(cents,)] = played.rows(
            "select coalesce(sum(revenue_usd), 0) * 100 from core.fct_revenue_by_day "
            f"where customer_id = 'cus_{customer}' and product_id in ({products})"
        )
        return int(cents)

    assert of("given", "'prod_tok'") == 0
    assert of("bought", "'prod_tok', 'prod_pack'") == 8000
    assert of("given", "'prod_base'") == 1000


def test_what_nobody_pays_is_bad_debt_of_the_day_it_was_given_up(played: Project) -> None:
    assert earned(played, "lost", "2025-03-01", "2025-03-31") == 6000
    rows = played.rows(
        "select invoice_id, bad_debt_type, bad_debt_date, bad_debt_usd from core.fct_bad_debts "
        "order by 3"
    )
    # the half that was not paid, less its tax
    assert rows == [
        ("in_lost", "written_off", date(2025, 3, 20), Decimal(30)),
        ("in_late", "written_off", date(2025, 3, 21), Decimal(50)),
        ("in_late", "recovered", date(2025, 4, 2), Decimal(-50)),
    ]
    assert month_of_finance(played, "bad_debt") == {"2025-03": 80, "2025-04": -50}


def test_a_recorded_transfer_is_cash(played: Project) -> None:
    """Newer versions of the API tell of a payment outside by its record alone."""
    assert played.rows(
        "select customer_id, cast(movement_date as varchar), amount from core.fct_cash_movements "
        "where movement_id = 'inpay_lost'"
    ) == [("cus_lost", "2025-03-10", Decimal(33))]


def test_a_note_explains_its_part_of_a_refund(played: Project) -> None:
    rows = played.rows(
        "select revenue_kind, sum(net_usd) from core.fct_revenue_spans "
        "where customer_id = 'cus_noted' group by 1 order by 1"
    )
    assert rows == [("credit_note_line", -40), ("invoice_line", 100), ("refund", -20)]


def test_a_refund_of_a_payment_for_two_invoices_is_spread_over_them(played: Project) -> None:
    rows = played.rows(
        "select invoice_line_id, sum(minor_units) from core.fct_revenue_spans "
        "where customer_id = 'cus_two' and revenue_kind = 'refund' group by 1 order by 1"
    )
    # 1501 x 2 / 3 is 1000.67
    assert rows == [("il_two1", -1001), ("il_two2", -500)]


def test_service_before_its_invoice_is_unbilled_revenue(played: Project) -> None:
    rows = played.rows(
        "select month, revenue_usd, deferred_usd, unbilled_usd from core.fct_revenue_by_month "
        "where customer_id = 'cus_draft_then' order by 1"
    )
    assert rows == [
        (date(2025, 3, 1), 7, 0, 7),
        (date(2025, 4, 1), 0, 0, 7),
    ]
    unbilled = month_of_finance(played, "unbilled_revenue")
    # with the metered use of January, which credits paid for
    assert unbilled == {"2025-03": 7, "2025-04": 7}


def test_odd_objects_are_listed_and_stop_nobody(played: Project) -> None:
    rows = played.rows(
        "select subject_id, reason, amount, currency from monitoring.exceptions "
        "where area = 'billing' order by 1"
    )
    assert rows == [
        ("in_shipped", "total_not_explained_by_lines", Decimal("0.5"), "usd"),
        ("in_unknown", "unknown_currency", None, "xyz"),
        ("in_unvalued", "no_exchange_rate", Decimal(1), "thb"),
        ("re_lonely", "no_invoice_with_revenue", Decimal(5), "usd"),
    ]
