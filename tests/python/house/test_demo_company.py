"""The demo company: every situation is there, its files are as told, and its truth is right."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from demo_company import (
    SMALL,
    anthropic_all,
    anthropic_list,
    mrr_cases,
    openai,
    stripe,
    stripe_all,
)

from demo import (
    DemoCompany,
    DemoParameters,
    DemoServer,
    generate_company,
    place_cases,
)
from demo.company.event_files import write_bulk
from demo.company.leaving import cancellation_details
from demo.company.lives import billing_periods
from demo.company.plans import demo_catalogue
from demo.company.price_change import NEW_PRICE, OLD_PRICE, RAISED, left_over_the_rise
from demo.company.situations import SITUATIONS
from demo.making import accounts, contracts_of, move_clock, open_company, usage_of
from demo.seeds import write_seeds
from demo.timeline import add_interval, day_of, epoch, month_start, shift_month
from demo.truth.writing import closings, movements_of, rate_on, stretches
from demo.vendors.store import Store


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> DemoCompany:
    return generate_company(tmp_path_factory.mktemp("demo") / "company", SMALL)


@pytest.fixture(scope="module")
def server(company: DemoCompany) -> Iterator[DemoServer]:
    with DemoServer(company.store) as running:
        yield running


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def rows_of(company: DemoCompany, name: str) -> list[dict[str, str]]:
    return csv_rows(company.truth / name)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ---- the engine against cases worked out elsewhere ---------------------------------------------


def test_the_book_keeper_gets_every_worked_case_right(tmp_path: Path) -> None:
    cases = [case for case in mrr_cases() if case.get("source") != "invoice_lines"]
    path = tmp_path / "cases.sqlite"
    placed = place_cases(path, cases)
    store = Store(path)
    compared = 0
    for case in placed:
        rates: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
        for day, currency, rate in case.exchange_rates:
            rates[currency].append((day, Fraction(rate)))
        for month, expected in case.expected.items():
            first = date.fromisoformat(f"{month}-01")
            clock = epoch(shift_month(first, 1)) - 1
            total, moved = Fraction(0), Counter[str]()
            for own in stretches(store, clock):
                if own[0].customer not in case.customers.values():
                    continue
                currency = own[0].currency
                same = currency == case.report_currency
                closes = closings(own, clock)
                now = Fraction(1) if same else rate_on(rates, currency, day_of(clock))
                total += list(closes.values())[-1][0] * now
                for move in movements_of(own[0].customer, closes):
                    if month_start(move.date) == first:
                        rate = Fraction(1) if same else rate_on(rates, currency, move.date)
                        moved[move.type] += move.change * rate  # type: ignore[assignment]
            assert round(float(total), 2) == expected["mrr"], (case.id, month)
            told = {key: value for key, value in expected.items() if key not in ("mrr", "fx")}
            assert {k: round(abs(float(v)), 2) for k, v in moved.items() if v} == told, case.id
            compared += 1
    store.close()
    assert compared == sum(len(case["expected"]) for case in cases)


# ---- situations -------------------------------------------------------------------------------


def test_every_situation_has_its_customer(company: DemoCompany, server: DemoServer) -> None:
    planted = {row["subject"]: json.loads(row["detail"]) for row in rows_of(company, "planted.csv")}
    for name in SITUATIONS:
        customer = stripe(server.url, f"customers/{planted[name]['customer']}").json()
        assert customer["object"] == "customer", name


def test_all_states_prices_and_money_movements_occur(server: DemoServer) -> None:
    statuses: set[str] = set()
    pauses: set[str] = set()
    invoices: set[str] = set()
    for moment in ("2025-07-28", "2025-08-05", "2025-09-20", "2025-10-20", "2026-11-15T12:00:00Z"):
        server.clock = moment
        for found in stripe_all(server.url, "subscriptions", status="all"):
            statuses.add(found["status"])
            if found["pause_collection"]:
                pauses.add(found["pause_collection"]["behavior"])
        invoices |= {invoice["status"] for invoice in stripe_all(server.url, "invoices")}
    assert statuses >= {
        "active", "past_due", "trialing", "unpaid", "paused", "canceled", "incomplete_expired",
    }  # fmt: skip
    assert pauses == {"void", "mark_uncollectible", "keep_as_draft"}
    assert invoices == {"draft", "open", "paid", "void", "uncollectible"}
    prices = stripe_all(server.url, "prices")
    assert {price["tiers_mode"] for price in prices} == {None, "graduated", "volume"}
    assert {price["active"] for price in prices} == {True, False}
    assert any(price["transform_quantity"] for price in prices)
    assert {price["tax_behavior"] for price in prices} >= {"inclusive", "exclusive"}
    rhythms = {
        (price["recurring"]["interval"], price["recurring"]["interval_count"])
        for price in prices
        if price["recurring"]
    }
    assert rhythms == {("month", 1), ("month", 3), ("week", 1), ("year", 1)}
    currencies = {found["currency"] for found in stripe_all(server.url, "invoices")}
    assert currencies == {"usd", "eur", "gbp", "jpy", "kwd"}
    disputes = {found["status"] for found in stripe_all(server.url, "disputes")}
    assert disputes >= {"won", "lost", "needs_response"}
    for path in ("refunds", "credit_notes", "billing/credit_grants", "subscription_schedules"):
        assert stripe_all(server.url, path), path


def test_deleted_objects_leave_the_lists_and_say_so(server: DemoServer) -> None:
    for path, id_ in (
        ("customers", "cus_deleted_customer"),
        ("products", "prod_legacy"),
        ("coupons", "OLDTIMES"),
    ):
        found = stripe(server.url, f"{path}/{id_}").json()
        assert found == {"id": id_, "object": found["object"], "deleted": True}
        assert id_ not in {listed["id"] for listed in stripe_all(server.url, path)}


def test_events_come_in_three_shapes(server: DemoServer) -> None:
    versions = {event["api_version"] for event in stripe_all(server.url, "events")}
    assert len(versions) == 3


def test_a_downgrade_pays_the_next_invoices_from_the_balance(server: DemoServer) -> None:
    invoices = stripe_all(server.url, "invoices", customer="cus_downgrade_with_balance")
    invoices.reverse()
    place = next(n for n, invoice in enumerate(invoices) if invoice["total"] < 0)
    following = invoices[place + 1]
    assert following["starting_balance"] == invoices[place]["total"]
    assert following["amount_due"] == 0
    assert following["ending_balance"] == following["starting_balance"] + following["total"]


# ---- truth against the vendors' side ------------------------------------------------------------


def test_every_invoice_adds_up(server: DemoServer) -> None:
    invoices = stripe_all(server.url, "invoices")
    assert len(invoices) > 500
    for invoice in invoices:
        lines = invoice["lines"]["data"]
        if invoice["lines"]["has_more"]:
            url = invoice["lines"]["url"].removeprefix("/v1/")
            lines = stripe(server.url, url, limit=100).json()["data"]
        subtotal = sum(line["amount"] for line in lines)
        discounts = sum(d["amount"] for line in lines for d in line["discount_amounts"])
        taxes = sum(
            t["amount"] for line in lines for t in line["taxes"] if t["tax_behavior"] == "exclusive"
        )
        credit = sum(c["amount"] for line in lines for c in line["pretax_credit_amounts"])
        assert invoice["subtotal"] == subtotal
        assert invoice["total"] == subtotal - discounts + taxes - credit
        assert invoice["amount_due"] == max(0, invoice["total"] + invoice["starting_balance"])


def test_cash_in_the_truth_is_what_the_charges_say(
    company: DemoCompany, server: DemoServer
) -> None:
    places = {"jpy": 0, "kwd": 3}
    charged: dict[str, Decimal] = defaultdict(Decimal)
    for charge in stripe_all(server.url, "charges"):
        if charge["status"] == "succeeded":
            scale = -places.get(charge["currency"], 2)
            charged[charge["customer"]] += Decimal(charge["amount"]).scaleb(scale)
    known_as = {one.customer: one.known_as for one in contracts_of(SMALL)}
    invoices = csv_rows(company.contracts / "invoices.csv")
    payer = {row["invoice_id"]: known_as[row["customer_id"]] for row in invoices}
    for payment in csv_rows(company.contracts / "payments.csv"):
        charged[payer[payment["invoice_id"]]] += Decimal(payment["amount"])
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "cash_by_customer_month.csv"):
        if row["kind"] == "cash":
            booked[row["customer_id"]] += Decimal(row["amount"])
    assert booked == charged


def test_monthly_revenue_foots_with_its_movements(company: DemoCompany) -> None:
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "movements.csv"):
        moved[(row["customer_id"], row["date"][:7])] += Decimal(row["change_usd"])
    before: dict[str, Decimal] = defaultdict(Decimal)
    rows = rows_of(company, "mrr_by_customer_month.csv")
    for row in rows:
        customer, closing = row["customer_id"], Decimal(row["mrr_usd"])
        opening = before[customer]
        change = moved[(customer, row["month"][:7])]
        # Each printed number is rounded to nine places on its own.
        assert abs(opening + change - closing) < Decimal("1e-7"), row
        before[customer] = closing
    assert len(rows) > 500


@pytest.mark.parametrize(
    ("customer", "month", "mrr"),
    [
        ("cus_annual", "2025-06-01", "82.5"),
        ("cus_weekly", "2025-07-01", "31.416666667"),
        ("cus_every_three_months", "2025-07-01", "99"),
        ("cus_tiers_graduated", "2025-07-01", "111"),
        ("cus_tiers_volume", "2025-07-01", "160"),
        ("cus_transform_quantity", "2025-08-01", "15"),
        ("cus_tax_inclusive", "2025-07-01", "100"),
        ("cus_currency_jpy", "2025-07-01", "14850"),
        ("cus_currency_kwd", "2025-07-01", "29.7"),
        ("cus_coupon_once_monthly", "2025-06-01", "99"),
        ("cus_coupon_once_annual", "2025-07-01", "57.75"),
        ("cus_coupon_amount_annual", "2025-07-01", "72.5"),
        ("cus_coupon_for_a_product", "2025-07-01", "110.25"),
        ("cus_coupon_on_item", "2025-07-01", "113"),
        ("cus_pause_void", "2025-09-01", "0"),
        ("cus_pause_keep_as_draft", "2025-09-01", "99"),
        ("cus_trial_first_payment_failed", "2025-08-01", "0"),
        ("cus_backdated", "2025-07-01", "99"),
    ],
)
def test_hand_computed_lives(company: DemoCompany, customer: str, month: str, mrr: str) -> None:
    rows = rows_of(company, "mrr_by_customer_month.csv")
    found = [row["mrr"] for row in rows if (row["customer_id"], row["month"]) == (customer, month)]
    # A subscription that never earned has no row at all.
    assert [Decimal(value) for value in found] == ([Decimal(mrr)] if found else [])
    assert found or Decimal(mrr) == 0


# ---- events and the provider's bill ------------------------------------------------------------


def read_events(company: DemoCompany) -> tuple[list[dict[str, Any]], Counter[str]]:
    """All readable rows as dictionaries, and the rows (broken ones too) per file."""
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for path in sorted(company.events.rglob("*.*")):
        name = str(path.relative_to(company.events))
        counts[name] = 0
        if ".jsonl" in path.name:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for line in data.splitlines():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError:
                    rows.append({})
                counts[name] += 1
            continue
        table = pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)
        counts[name] = table.num_rows
        rows += [{k: v for k, v in row.items() if v not in (None, "")} for row in table.to_pylist()]
    return rows, counts


def test_event_files_hold_what_the_truth_says(company: DemoCompany) -> None:
    rows, counts = read_events(company)
    facts = rows_of(company, "event_files.csv")
    for fact in facts:
        broken = 1 if fact["broken_line"] else 0
        assert counts[fact["file"]] == int(fact["rows"]) + broken, fact
    assert len(facts) == len(counts)
    summary = json.loads((company.truth / "summary.json").read_text())
    ids = Counter(row["event_id"] for row in rows if row.get("event_id"))
    ids -= Counter({"evt-broken-1": 1, "evt-broken-2": 1})
    assert summary["broken_lines"] == 3
    assert sum(ids.values()) == summary["event_rows"]
    assert sum(count - 1 for count in ids.values()) == summary["duplicate_rows"] > 0
    assert abs(len(ids) - SMALL.events) < SMALL.events * 0.02
    formats = {path.suffix for path in company.events.rglob("*.*")}
    assert formats == {".gz", ".jsonl", ".parquet", ".csv"}
    assert any("region" in row for row in rows)


#: Dollars per million tokens: (uncached, cached, cache write, output), written down by hand.
HAND_RATES = {
    ("gpt-4o-2024-08-06", ""): ("2.50", "1.25", "0", "10"),
    ("gpt-4o-2024-08-06", "priority"): ("4.25", "2.125", "0", "17"),
    ("gpt-4o-mini-2024-07-18", ""): ("0.15", "0.075", "0", "0.6"),
    ("gpt-4o-mini-2024-07-18", "batch"): ("0.075", "0", "0", "0.3"),
    ("o3-2025-04-16", ""): ("2", "0.5", "0", "8"),
    ("o3-2025-04-16", "flex"): ("1", "0.25", "0", "4"),
    ("o3-2025-04-16", "before"): ("10", "0.5", "0", "40"),
    ("gpt-5.6-luna", "before"): ("1", "0.1", "1.25", "6"),
    ("gpt-5.6-luna", "before long"): ("2", "0.2", "2.5", "9"),
    ("gpt-5.6-luna", ""): ("0.2", "0.02", "0.25", "1.2"),
    ("gpt-5.6-luna", "long"): ("0.4", "0.04", "0.5", "1.8"),
    ("text-embedding-3-small", ""): ("0.02", "0", "0", "0"),
    ("claude-opus-4-1-20250805", ""): ("15", "1.5", "18.75", "75"),
    ("claude-sonnet-4-5-20250929", ""): ("3", "0.3", "3.75", "15"),
}


def test_true_cost_is_what_a_calculator_says(company: DemoCompany) -> None:
    rows, _ = read_events(company)
    calls = {
        row["event_id"]: row
        for row in rows
        if row.get("event_type") == "llm_request"
        and not row.get("cache_hit")
        and row["status_code"] == 200
    }
    total, unpriced, kinds = Decimal(0), 0, set()
    for row in calls.values():
        when = row["occurred_at"]
        day = date.fromisoformat(when[:10]) if isinstance(when, str) else None
        if day is None:
            day = day_of(when) if isinstance(when, int) else when.date()
        kind = row.get("service_tier", "")
        if row["model"] == "gpt-5.6-luna":
            early = "before" if day < date(2026, 7, 30) else ""
            kind = f"{early} {'long' if row['input_tokens'] > 272_000 else ''}".strip()
        elif row["model"] == "o3-2025-04-16" and day < date(2025, 6, 10):
            kind = "before"
        if (row["model"], kind) not in HAND_RATES:
            assert row["model"] == "orchid-preview"
            unpriced += 1
            continue
        kinds.add((row["model"], kind))
        cached, written = row.get("cached_input_tokens", 0), row.get("cache_write_tokens", 0)
        tokens = (row["input_tokens"] - cached - written, cached, written, row["output_tokens"])
        rates = HAND_RATES[(row["model"], kind)]
        total += sum((n * Decimal(rate) for n, rate in zip(tokens, rates, strict=True)), Decimal(0))
    truth = rows_of(company, "event_costs.csv")
    assert total / 1_000_000 == sum(Decimal(row["cost_usd"] or 0) for row in truth)
    assert unpriced == sum(int(row["calls"]) for row in truth if not row["cost_usd"]) > 0
    assert len(kinds) >= len(HAND_RATES) - 2


def test_the_bill_served_is_the_bill_in_the_truth(company: DemoCompany, server: DemoServer) -> None:
    server.clock = SMALL.as_of
    totals: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    query: dict[str, Any] = {
        "start_time": SMALL.start,
        "limit": 180,
        "group_by[]": ["project_id", "line_item"],
    }
    while True:
        body = json.loads(openai(server.url, "costs", **query).text, parse_float=Decimal)
        for bucket in body["data"]:
            for result in bucket["results"]:
                key = (
                    str(day_of(bucket["start_time"])),
                    result["project_id"] or "",
                    result["line_item"],
                )
                totals[key] += Decimal(str(result["amount"]["value"]))
        if not body["has_more"]:
            break
        query["page"] = body["next_page"]
    told: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "provider_bill.csv"):
        if row["provider"] == "openai":
            told[(row["date"], row["project_id"], row["line_item"])] += Decimal(row["billed_usd"])
    assert totals == {key: amount for key, amount in told.items() if key in totals}
    assert all(amount == 0 for key, amount in told.items() if key not in totals)
    restated = [
        row for row in rows_of(company, "provider_bill.csv")
        if row["billed_usd"] != row["first_billed_usd"]
    ]  # fmt: skip
    assert restated
    assert {"web search tool calls", "Text tokens", "quantum leap | experimental"} <= {
        key[2] for key in totals
    }


def test_the_second_bill_served_is_the_bill_in_the_truth(
    company: DemoCompany, server: DemoServer
) -> None:
    """Grouped and in all, in cents; days that came to nothing are not in the answer."""
    server.clock = SMALL.as_of
    lines: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    days: dict[str, Decimal] = {}
    for start, end in pairwise([date(2026, month, 1) for month in range(4, 13)]):
        span = {"starting_at": f"{start}T00:00:00Z", "ending_at": f"{end}T00:00:00Z"}
        by = ["model", "token_type", "workspace_id", "api_key_id"]
        for row in anthropic_all(server.url, "analytics/cost", span | {"group_by[]": by}):
            group = row["group"]
            key = (group["workspace_id"], group["api_key_id"],
                   f"{group['model']}, {group['token_type']}")  # fmt: skip
            lines[row["starting_at"][:10], *key] += Decimal(row["cost"]["amount"])
        for row in anthropic_all(server.url, "analytics/cost", span):
            days[row["starting_at"][:10]] = Decimal(row["cost"]["amount"])
    told = {
        (row["date"], row["project_id"], row["api_key_id"], row["line_item"]): row
        for row in rows_of(company, "provider_bill.csv")
        if row["provider"] == "anthropic"
    }
    assert {key: cents / 100 for key, cents in lines.items()} == {
        key: Decimal(row["billed_usd"]) for key, row in told.items()
    }
    assert sum(days.values()) == sum(lines.values()) > 0
    assert any(row["billed_usd"] < row["first_billed_usd"] for row in told.values())
    server.clock = "2026-03-31T12:00:00Z"
    assert (
        anthropic_all(server.url, "analytics/cost", {"starting_at": "2026-03-01T00:00:00Z"}) == []
    )


def test_names_of_the_organisation(server: DemoServer) -> None:
    server.clock = SMALL.as_of
    active = openai(server.url, "projects").json()["data"]
    every = openai(server.url, "projects", include_archived="true").json()["data"]
    assert {p["id"] for p in every} - {p["id"] for p in active} == {"proj_pilot"}
    first = openai(server.url, "users", limit=1).json()
    rest = openai(server.url, "users", after=first["last_id"]).json()
    assert first["has_more"]
    assert len(first["data"] + rest["data"]) == 3
    keys = openai(server.url, "projects/proj_assistant/api_keys").json()["data"]
    assert [key["id"] for key in keys] == ["key_assistant"]
    assert len(openai(server.url, "admin_api_keys").json()["data"]) == 1
    assert [len(anthropic_list(server.url, kind)) for kind in ("workspaces", "api_keys")] == [3, 3]


@pytest.mark.parametrize(
    "endpoint",
    [
        "completions", "decisions", "embeddings", "moderations", "images", "audio_speeches",
        "audio_transcriptions", "vector_stores", "code_interpreter_sessions", "file_search_calls",
        "web_search_calls",
    ],
)  # fmt: skip
def test_usage_endpoints_answer(server: DemoServer, endpoint: str) -> None:
    server.clock = SMALL.as_of
    start = epoch("2026-10-05")
    body = openai(server.url, f"usage/{endpoint}", start_time=start, limit=14).json()
    assert any(bucket["results"] for bucket in body["data"])
    assert openai(server.url, f"usage/{endpoint}", start_time=start, limit=32).status_code == 400


@pytest.mark.slow
def test_ai_takes_a_third_of_what_the_company_earns_and_less_since_summer(tmp_path: Path) -> None:
    """A quarter to 45 % of MRR in every month but the first three; the small chat model paid."""
    company = generate_company(tmp_path, DemoParameters())
    cost: dict[str, Decimal] = defaultdict(Decimal)
    book: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "event_costs.csv"):
        cost[row["date"][:7]] += Decimal(row["cost_usd"] or 0)
    for row in rows_of(company, "mrr_by_customer_month.csv"):
        book[row["month"][:7]] += Decimal(row["mrr_usd"])
    share = {month: cost[month] / book[month] for month in sorted(book)[3:-1]}
    assert len(share) == 14
    assert all(Decimal("0.2") < one < Decimal("0.45") for one in share.values()), share
    assert max(share["2026-09"], share["2026-10"]) < share["2026-07"]


def test_the_small_plan_is_dearer_from_the_first_renewal_on_and_some_leave_over_it() -> None:
    parameters = DemoParameters()
    catalogue = demo_catalogue(parameters.start)
    billed: Counter[tuple[str, bool]] = Counter()
    left = []
    for _, account in accounts(parameters, catalogue):
        for life in account.lives if account.id.startswith("cus_demo") else ():
            if left_over_the_rise(life):
                left.append(life)
            for period in billing_periods(life, catalogue.prices, parameters.horizon):
                for span in life.items_at(period.start):
                    billed[span.price, period.start >= RAISED] += 1
    assert billed[OLD_PRICE, False] and billed[NEW_PRICE, True]
    assert not billed[OLD_PRICE, True] and not billed[NEW_PRICE, False]
    assert len(left) >= 5
    for life in left:
        assert life.cancel_at_period_end and life.canceled_at and life.ended_at
        said = cancellation_details(life, life.ended_at)
        assert said["feedback"] == "too_expensive"
        assert RAISED < life.canceled_at <= life.ended_at < add_interval(RAISED, "month", 2)


# ---- the same again, and later ------------------------------------------------------------------

TINY = DemoParameters(customers=30, months=4, events=800, as_of="2026-03-15T12:00:00Z")


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = generate_company(tmp_path / "a", TINY)
    generate_company(tmp_path / "b", TINY)
    other = generate_company(tmp_path / "c", DemoParameters(**{**TINY.__dict__, "seed": 8}))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(first.events) != digest(other.events)
    with pytest.raises(FileExistsError):
        generate_company(tmp_path / "a", TINY)


def test_moving_the_clock_adds_files_and_touches_none(tmp_path: Path) -> None:
    company = generate_company(tmp_path / "a", TINY)
    write_seeds(company.folder / "seeds", TINY)
    before, truth = digest(company.events), digest(company.truth)
    move_clock(open_company(company.folder), "2026-04-20T12:00:00Z")
    after = digest(company.events)
    assert before.items() <= after.items()
    assert any("late-" in name for name in set(after) - set(before))
    assert digest(company.truth) != truth
    with pytest.raises(ValueError, match="beyond"):
        move_clock(company, "2027-01-01")


@pytest.mark.parametrize("form", ["parquet", "jsonl", "csv"])
def test_bulk_files_hold_all_events(tmp_path: Path, form: str) -> None:
    parameters = DemoParameters(customers=30, months=2, events=5_000, future_days=0)
    rows = write_bulk(tmp_path, usage_of(parameters), format_=form, rows_per_file=2_000)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 1
    if form == "parquet":
        assert sum(pq.read_metadata(path).num_rows for path in files) == rows
    else:
        header = 1 if form == "csv" else 0
        assert sum(len(path.read_text().splitlines()) - header for path in files) == rows
