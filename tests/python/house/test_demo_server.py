"""The demo server answers as the vendors do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from demo_company import mrr_cases, openai, stripe, stripe_all

from demo import DemoServer, place_cases
from demo.company.scenarios import BillRow, open_account, place_bill, place_objects
from demo.timeline import DAY, epoch
from demo.vendors.server import endpoint_of
from demo.vendors.store import StoreWriter

CASE_OF_ITEMS = {
    "id": "T12",
    "prices": {
        f"p{n}": {"unit_amount": 100 * n, "currency": "usd", "interval": "month"}
        for n in range(1, 13)
    },
    "subscriptions": [
        {
            "id": "sub_a",
            "customer": "c1",
            "status": [["2025-01-05T00:00:00Z", "active"]],
            "items": [[f"si_{n}", f"p{n}", 1, "2025-01-05T00:00:00Z", None] for n in range(1, 13)],
        }
    ],
    "expected": {"2025-01": {"mrr": 78}},
}


@pytest.fixture(scope="module")
def cases_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "cases.sqlite"
    place_cases(path, [*mrr_cases(), CASE_OF_ITEMS], clock="2025-05-20T00:00:00Z")
    return path


@pytest.fixture
def server(cases_path: Path) -> Iterator[DemoServer]:
    with DemoServer(cases_path) as running:
        yield running


def test_stripe_refuses_wrong_and_missing_keys(server: DemoServer) -> None:
    missing = requests.get(f"{server.url}/v1/customers", timeout=20)
    wrong = requests.get(
        f"{server.url}/v1/customers", headers={"Authorization": "Bearer sk_live_wrong"}, timeout=20
    )
    assert (missing.status_code, wrong.status_code) == (401, 401)
    assert wrong.json()["error"]["type"] == "invalid_request_error"
    assert "sk_live_wrong" not in wrong.text


def test_restricted_key_is_told_the_permission_it_lacks(server: DemoServer) -> None:
    server.set_keys(stripe={"rk_test_demo_read_only": frozenset({"dispute"})})
    refused = stripe(server.url, "disputes")
    assert refused.status_code == 403
    assert "rak_dispute_read" in refused.json()["error"]["message"]
    assert stripe(server.url, "charges").status_code == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten"])
def test_limits_outside_1_to_100_are_refused(server: DemoServer, limit: str) -> None:
    assert stripe(server.url, "invoices", limit=limit).status_code == 400


def test_lists_default_to_ten_newest_first(server: DemoServer) -> None:
    body = stripe(server.url, "invoices").json()
    created = [invoice["created"] for invoice in body["data"]]
    assert len(created) == 10
    assert body["has_more"]
    assert created == sorted(created, reverse=True)


def test_paging_by_sevens_sees_every_invoice_once(server: DemoServer) -> None:
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        body = stripe(server.url, "invoices", limit=7, **query).json()
        seen += [invoice["id"] for invoice in body["data"]]
        if not body["has_more"]:
            break
        query = {"starting_after": seen[-1]}
    assert sorted(seen) == sorted(invoice["id"] for invoice in stripe_all(server.url, "invoices"))
    assert len(seen) == len(set(seen)) > 50


def test_created_filters_are_exact(server: DemoServer) -> None:
    invoices = stripe_all(server.url, "invoices")
    middle = sorted(invoice["created"] for invoice in invoices)[len(invoices) // 2]
    after = stripe_all(server.url, "invoices", **{"created[gt]": middle})
    until = stripe_all(server.url, "invoices", **{"created[lte]": middle})
    assert {i["id"] for i in after} == {i["id"] for i in invoices if i["created"] > middle}
    assert len(after) + len(until) == len(invoices)


def test_unknown_parameters_and_ids_are_refused(server: DemoServer) -> None:
    assert stripe(server.url, "invoices", colour="red").status_code == 400
    assert stripe(server.url, "invoices", starting_after="in_none").status_code == 400
    assert stripe(server.url, "invoices/in_none").status_code == 404
    assert stripe(server.url, "nonsense").status_code == 404


def test_cancelled_subscriptions_show_only_when_asked_for(server: DemoServer) -> None:
    plain = {s["id"] for s in stripe_all(server.url, "subscriptions")}
    everything = {s["id"] for s in stripe_all(server.url, "subscriptions", status="all")}
    ended = {s["id"] for s in stripe_all(server.url, "subscriptions", status="canceled")}
    assert "sub_g17_sub_a" in ended
    assert everything == plain | ended
    assert not plain & ended


def test_embedded_lists_stop_at_ten_and_page_by_their_url(server: DemoServer) -> None:
    found = stripe(server.url, "subscriptions/sub_t12_sub_a").json()["items"]
    assert (len(found["data"]), found["has_more"]) == (10, True)
    rest = stripe(
        server.url,
        "subscription_items",
        subscription="sub_t12_sub_a",
        starting_after=found["data"][-1]["id"],
    ).json()
    assert (len(rest["data"]), rest["has_more"]) == (2, False)
    invoice = stripe(server.url, "invoices", customer="cus_t12_c1", limit=1).json()["data"][0]
    lines = invoice["lines"]
    assert (len(lines["data"]), lines["has_more"]) == (10, True)
    all_lines = stripe(server.url, lines["url"].removeprefix("/v1/"), limit=100).json()
    assert sum(line["amount"] for line in all_lines["data"]) == 7_800 == invoice["total"]


def test_tiers_coupon_scope_and_discounts_come_only_when_expanded(server: DemoServer) -> None:
    path = "prices/price_g25_g"
    assert "tiers" not in stripe(server.url, path).json()
    tiers = stripe(server.url, path, **{"expand[]": "tiers"}).json()["tiers"]
    assert [(t["up_to"], t["unit_amount"]) for t in tiers] == [(5, 1000), (20, 800), (None, 600)]
    server.clock = "2025-02-01T12:00:00Z"
    plain = stripe(server.url, "subscriptions/sub_g08_sub_a").json()["discounts"]
    whole = stripe(
        server.url, "subscriptions", customer="cus_g08_c1", **{"expand[]": "data.discounts"}
    )
    discount = whole.json()["data"][0]["discounts"][0]
    assert plain == [discount["id"]]
    assert discount["source"]["coupon"] == "coupon_g08_sub_a_1"
    assert discount["end"] == epoch("2025-04-01")


def test_old_and_new_shapes_say_the_same(server: DemoServer) -> None:
    server.clock = "2025-03-20T00:00:00Z"
    new = stripe(server.url, "subscriptions/sub_g05_sub_a").json()
    old = stripe(server.url, "subscriptions/sub_g05_sub_a", version="2024-06-20").json()
    assert "current_period_end" not in new
    assert old["current_period_end"] == new["items"]["data"][0]["current_period_end"]
    assert old["quantity"] == new["items"]["data"][0]["quantity"] == 8
    invoices = [
        stripe(server.url, "invoices", customer="cus_g05_c1", limit=1, version=version).json()[
            "data"
        ][0]
        for version in (None, "2024-06-20")
    ]
    new_lines, old_lines = (invoice["lines"]["data"] for invoice in invoices)
    assert [line["amount"] for line in new_lines] == [-6452, 10323]
    assert [line["proration"] for line in old_lines] == [True, True]
    for fresh, dated in zip(new_lines, old_lines, strict=True):
        assert fresh["pricing"]["price_details"]["price"] == dated["price"]["id"]
        assert fresh["parent"]["subscription_item_details"]["proration"]
    assert (
        invoices[1]["subscription"] == invoices[0]["parent"]["subscription_details"]["subscription"]
    )
    assert invoices[1]["charge"].startswith("ch_")
    payments = stripe(server.url, "invoice_payments", invoice=invoices[0]["id"]).json()["data"]
    assert [payment["amount_paid"] for payment in payments] == [3871]
    assert payments[0]["payment"]["payment_intent"] == invoices[1]["payment_intent"]


def test_an_object_is_what_it_was_at_the_clock(server: DemoServer) -> None:
    seen = []
    for moment in ("2025-01-15", "2025-03-10", "2025-03-25", "2025-05-05T10:00:00Z"):
        server.clock = moment
        seen.append(stripe(server.url, "subscriptions/sub_g23_sub_a").json()["status"])
    assert seen == ["active", "past_due", "unpaid", "active"]
    server.clock = "2024-12-31T00:00:00Z"
    assert stripe(server.url, "subscriptions/sub_g23_sub_a").status_code == 404


def test_balance_transactions_become_available_after_two_days(server: DemoServer) -> None:
    server.clock = "2025-01-10T12:00:00Z"
    charge = stripe(server.url, "charges", customer="cus_g01_c1").json()["data"][0]
    states = []
    for moment in ("2025-01-10T12:00:00Z", "2025-01-12T12:00:00Z"):
        server.clock = moment
        path = f"balance_transactions/{charge['balance_transaction']}"
        states.append(stripe(server.url, path).json()["status"])
    assert states == ["pending", "available"]


def test_events_reach_back_thirty_days_and_carry_what_changed(server: DemoServer) -> None:
    server.clock = "2025-03-20T00:00:00Z"
    events = stripe_all(server.url, "events")
    oldest = epoch("2025-03-20") - 30 * DAY
    assert min(event["created"] for event in events) >= oldest
    changes = [
        event
        for event in events
        if event["type"] == "customer.subscription.updated"
        and event["data"]["object"]["id"] == "sub_g05_sub_a"
        and event["created"] == epoch("2025-03-16")
    ]
    assert len(changes) == 1
    data = changes[0]["data"]
    assert data["object"]["items"]["data"][0]["quantity"] == 8
    assert data["previous_attributes"]["items"]["data"][0]["quantity"] == 5
    only = stripe_all(server.url, "events", **{"types[]": "customer.subscription.updated"})
    assert {event["type"] for event in only} == {"customer.subscription.updated"}


def test_long_afterwards_only_todays_objects_are_left(tmp_path: Path) -> None:
    path = tmp_path / "later.sqlite"
    placed = place_cases(path, mrr_cases()[:9], mode="long_afterwards")
    with DemoServer(path) as server:
        assert stripe_all(server.url, "events") == []
        ended = stripe(server.url, f"subscriptions/{placed[8].subscriptions['sub_a']}").json()
        assert ended["status"] == "canceled"
        assert ended["ended_at"] == epoch("2025-04-15")
        assert ended["canceled_at"] == epoch("2025-03-20T08:00:00Z")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("rate_limit", 429), ("server_error", 500), ("unauthorized", 401), ("forbidden", 403)],
)
def test_faults_that_answer_with_an_error(server: DemoServer, kind: str, status: int) -> None:
    server.fault(kind, "/v1/customers", times=2, skip=1, retry_after=3)
    answers = [stripe(server.url, "customers") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, status, status, 200]
    assert answers[1].headers["Retry-After"] == "3"


def test_faults_of_the_connection_and_the_body(server: DemoServer) -> None:
    server.fault("drop", "/v1/customers")
    with pytest.raises(requests.RequestException):
        stripe(server.url, "customers")
    server.fault("truncate", "/v1/customers")
    with pytest.raises(json.JSONDecodeError):
        json.loads(stripe(server.url, "customers").text)
    assert stripe(server.url, "customers").status_code == 200


def test_faults_of_paging(server: DemoServer) -> None:
    start = stripe(server.url, "invoices").json()
    after = {"starting_after": start["data"][-1]["id"]}
    server.fault("repeat_page", "/v1/invoices")
    assert stripe(server.url, "invoices", **after).json() == start
    server.fault("loop_cursor", "/v1/invoices", times=None)
    looped = stripe(server.url, "invoices", **after).json()
    assert (looped["data"], looped["has_more"]) == (start["data"], True)
    server.clear_faults()
    assert stripe(server.url, "invoices", **after).json()["data"] != start["data"]


def test_requests_are_counted_by_endpoint(server: DemoServer) -> None:
    stripe(server.url, "invoices", limit=1)
    stripe(server.url, "invoices/in_abc123/lines")
    stripe(server.url, "credit_notes")
    assert server.requests == {
        "/v1/invoices": 1,
        "/v1/invoices/{id}/lines": 1,
        "/v1/credit_notes": 1,
    }
    assert endpoint_of("/v1/organization/projects/proj_x/api_keys") == (
        "/v1/organization/projects/{id}/api_keys"
    )


def test_the_control_side_moves_the_clock_over_http(server: DemoServer) -> None:
    moved = requests.put(
        f"{server.url}/_demo/clock", json={"clock": "2025-01-20T00:00:00Z"}, timeout=20
    )
    assert moved.json() == {"clock": "2025-01-20T00:00:00Z"}
    requests.post(f"{server.url}/_demo/faults", json={"kind": "server_error"}, timeout=20)
    assert stripe(server.url, "customers").status_code == 500
    assert (
        requests.post(f"{server.url}/_demo/faults", json={"kind": "x"}, timeout=20).status_code
        == 400
    )
    counted = requests.get(f"{server.url}/_demo/requests", timeout=20).json()
    assert counted == {"/v1/customers": 1}


# ---- OpenAI --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bill_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "bill.sqlite"
    with StoreWriter(path) as store:
        open_account(store, clock=epoch("2026-01-20"))
        texts = ["0", "0.06", '"12.50"', "1.29e-05", "0E-6176", "1.4528752074471551", "-0.5"]
        rows = [
            BillRow("proj_a", f"line {n}", Decimal(text.strip('"')), value_json=text)
            for n, text in enumerate(texts)
        ]
        place_bill(store, date(2026, 1, 2), rows)
        first = [
            BillRow("proj_a", "m-54, input", Decimal(8), "key_1"),
            BillRow("proj_a", "evals | m-mini, input", Decimal(1), "key_2"),
        ]
        place_bill(store, date(2026, 1, 5), first)
        again = [BillRow("proj_a", "m-54, input", Decimal("9.99"), "key_1")]
        place_bill(store, date(2026, 1, 5), again, visible_from="2026-01-09T00:00:00Z")
        place_bill(store, date(2026, 1, 5), [], visible_from="2026-01-15T00:00:00Z")
    return path


@pytest.fixture
def bill(bill_path: Path) -> Iterator[DemoServer]:
    with DemoServer(bill_path) as running:
        yield running


def test_openai_lets_in_admin_keys_only(bill: DemoServer) -> None:
    start = epoch("2026-01-01")
    project = openai(bill.url, "costs", "sk-proj-abc", start_time=start)
    wrong = openai(bill.url, "costs", "sk-other", start_time=start)
    assert (project.status_code, wrong.status_code) == (403, 401)
    assert "insufficient permissions" in project.json()["error"]["message"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"start_time": epoch("2026-01-01"), "limit": 181},
        {"start_time": epoch("2026-01-01"), "bucket_width": "1h"},
        {"start_time": epoch("2026-01-01"), "group_by[]": "colour"},
        {"start_time": epoch("2025-12-05"), "group_by[]": "api_key_id"},
        {"start_time": epoch("2026-01-01"), "page": "page_nonsense"},
    ],
)
def test_costs_refuse_what_the_vendor_refuses(bill: DemoServer, query: dict[str, str]) -> None:
    assert openai(bill.url, "costs", **query).status_code == 400


def test_amounts_arrive_in_every_form_and_parse_exactly(bill: DemoServer) -> None:
    answer = openai(
        bill.url, "costs", start_time=epoch("2026-01-02"), limit=1, **{"group_by[]": "line_item"}
    )
    assert '"value":0E-6176' in answer.text
    results = json.loads(answer.text, parse_float=Decimal)["data"][0]["results"]
    values = [Decimal(str(result["amount"]["value"])) for result in results]
    assert sum(values) == Decimal("13.5128881074471551")


def test_a_day_is_replaced_by_its_last_statement(bill: DemoServer) -> None:
    totals = []
    for moment in ("2026-01-05T12:00:00Z", "2026-01-08", "2026-01-12", "2026-01-18"):
        bill.clock = moment
        body = json.loads(
            openai(bill.url, "costs", start_time=epoch("2026-01-05"), limit=1).text,
            parse_float=Decimal,
        )
        totals.append([Decimal(str(r["amount"]["value"])) for r in body["data"][0]["results"]])
    assert totals == [[], [Decimal(9)], [Decimal("9.99")], []]


def test_page_tokens_belong_to_their_query(bill: DemoServer) -> None:
    start = epoch("2026-01-01")
    body = openai(bill.url, "costs", start_time=start, limit=5).json()
    assert body["has_more"]
    following = openai(bill.url, "costs", start_time=start, limit=5, page=body["next_page"]).json()
    assert following["data"][0]["start_time"] == body["data"][-1]["end_time"]
    foreign = openai(bill.url, "costs", start_time=start, limit=6, page=body["next_page"])
    assert foreign.status_code == 400


def test_a_coupon_for_one_invoice_leaves_the_subscription_with_it(server: DemoServer) -> None:
    shown = []
    for moment in ("2025-01-08T00:30:00Z", "2025-01-08T01:00:00Z"):
        server.clock = moment
        shown.append(len(stripe(server.url, "subscriptions/sub_g12_sub_a").json()["discounts"]))
    assert shown == [1, 0]
    first = stripe_all(server.url, "invoices", customer="cus_g12_c1")
    assert [invoice["total"] for invoice in first] == [3_000]


def test_cases_with_words_nobody_knows_are_refused(tmp_path: Path) -> None:
    odd = {**CASE_OF_ITEMS, "subscriptions": [{**CASE_OF_ITEMS["subscriptions"][0], "colour": 1}]}
    with pytest.raises(ValueError, match="colour"):
        place_cases(tmp_path / "odd.sqlite", [odd])


def test_unexpanded_refunds_and_lines_page_by_their_own_address(server: DemoServer) -> None:
    invoice = stripe(server.url, "invoices", customer="cus_g24_c1", limit=1).json()["data"][0]
    url = invoice["lines"]["url"].removeprefix("/v1/")
    one = stripe(server.url, url, limit=1).json()
    rest = stripe(server.url, url, limit=1, starting_after=one["data"][0]["id"]).json()
    assert (one["has_more"], rest["has_more"]) == (True, False)
    assert [one["data"][0], rest["data"][0]] == invoice["lines"]["data"]


def test_objects_can_be_shown_exactly_as_given(tmp_path: Path) -> None:
    given = {"id": "cus_x", "object": "customer", "created": 1_234_567_890, "odd_field": [1, None]}
    path = tmp_path / "given.sqlite"
    place_objects(path, [given], clock="2026-01-01T00:00:00Z")
    with DemoServer(path) as server:
        assert stripe(server.url, "customers").json()["data"] == [given]
        assert stripe(server.url, "customers/cus_x").json() == given
