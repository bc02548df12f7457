"""The cost cases, through API, pipeline and models: placed in one account, compared to the digit.

Every case has a project of its own, so that all share the bill of a few days. Prices are contract
prices in a copy of the seeds, chosen such that an event costs exactly what its case says.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import DemoServer
from demo.company.event_files import write_rows
from demo.company.scenarios import BillRow, open_account, place_bill
from demo.timeline import epoch
from demo.vendors.store import StoreWriter
from support.commands import ROOT, Project

CASES = {
    case["id"].split("_")[0]: case
    for case in yaml.safe_load(
        (Path(__file__).parents[1] / "fixtures" / "cost_cases.yaml").read_text()
    )["cases"]
}
DAY = date(2026, 3, 2)
NANO = Decimal(1).scaleb(-9)
UNATTRIBUTED = "__unattributed__"
PRICES = [
    # model, token type, tier, above so many tokens, US dollars per million
    ("m-c01", "input", "standard", 0, "2.50"),
    ("m-c01", "cached_input", "standard", 0, "0.25"),
    ("m-c01", "output", "standard", 0, "15.00"),
    ("m-c03", "input", "standard", 0, "2.50"),
    ("m-c03", "output", "standard", 0, "15.00"),
    ("m-c03", "input", "standard", 272_000, "5.00"),
    ("m-c03", "output", "standard", 272_000, "22.50"),
    # one token, one nano-dollar
    ("m-nano", "input", "standard", 0, "0.001"),
    # one token, a thousandth of a dollar
    ("m-54", "input", "standard", 0, "1000"),
    ("m-tier", "input", "batch", 0, "0.0375"),
    ("m-tier", "output", "batch", 0, "0.0125"),
]


def nano(row: int) -> Decimal:
    return Decimal(row) * NANO


def call(number: str, project: str, owner: str, tokens: int, **other: Any) -> dict[str, Any]:
    """An event of `feature|customer`."""
    feature, customer = owner.split("|")
    return {
        "event_id": number,
        "event_type": "llm_request",
        "occurred_at": f"{DAY}T10:00:00Z",
        "customer_id": customer,
        "feature": feature,
        "provider": "openai",
        "project_id": project,
        "input_tokens": tokens,
        "output_tokens": 0,
    } | other


def given_events() -> Iterator[dict[str, Any]]:
    c01, c03 = CASES["C01"]["given"]["event"], CASES["C03"]["given"]["events"]
    yield call(
        "c01", "c01", "chat|cus_1", c01["input_tokens"], model="m-c01",
        cached_input_tokens=c01["cached_tokens"], output_tokens=c01["output_tokens"],
    )  # fmt: skip
    for event in c03:
        yield call(
            f"c03-{event['id']}", "c03", "chat|cus_1", event["input_tokens"], model="m-c03",
            output_tokens=event["output_tokens"],
        )  # fmt: skip
    for owner, weight in CASES["C05"]["given"]["weights_nano"].items():
        yield call(f"c05-{owner}", "c05", owner, weight, model="m-nano")
    for case in ("C07", "C08"):
        for owner, estimate in CASES[case]["given"]["estimated_nano"].items():
            tokens = estimate // 1_000_000
            yield call(f"{case}-{owner}", case.lower(), owner, tokens, model="m-54")
    for owner, weight in CASES["C11"]["given"]["weights"].items():
        yield call(f"c11-{owner}", "c11", owner, weight * 3_000, model="m-54")
    # Beyond the cases: rates finer than a nano-dollar; no price; the app's own cache; two keys and
    # an event that names none; neighbouring days; a credit, alone and beside the use that it
    # reduces; days without a bill.
    yield call("tier", "tier", "chat|cus_1", 3, model="m-tier", is_batch=True, output_tokens=3)
    yield call("no-tier", "tier", "chat|cus_1", 3, model="m-tier", service_tier="flex")
    yield call("unknown", "unknown", "chat|cus_1", 3, model="m-nobody-knows")
    yield call("hit", "tier", "chat|cus_1", 1000, model="m-54", cache_hit=True)
    yield call("key-a", "keys", "chat|cus_1", 10, model="m-54", api_key_id="key_a")
    yield call("key-none", "keys", "chat|cus_2", 30, model="m-54")
    for day, tokens in ((2, 100), (3, 100), (4, 100)):
        at = f"2026-03-{day:02}T10:00:00Z"
        yield call(f"shift-{day}", "shift", "chat|cus_1", tokens, model="m-54", occurred_at=at)
    yield call("credit-1", "credit", "chat|cus_1", 1, model="m-54")
    yield call("credit-2", "credit", "chat|cus_2", 1, model="m-54")
    yield call("reduced-1", "reduced", "chat|cus_1", 30, model="m-54", api_key_id="key_a")
    yield call("reduced-2", "reduced", "chat|cus_2", 10, model="m-54")
    yield call("old", "nobill", "chat|cus_1", 7, model="m-54")
    at = "2026-03-09T10:00:00Z"
    yield call("new", "nobill", "chat|cus_1", 7, model="m-54", occurred_at=at)
    yield call("rule", "ruled", "x|cus_1", 5, model="m-54", feature=None)


def line(project: str, item: str, amount: Decimal | str, key: str | None = None) -> BillRow:
    value = None
    if isinstance(amount, str):
        value, amount = amount, Decimal(amount.strip('"'))
    return BillRow(project, item, amount, api_key_id=key, value_json=value)


def first_bill() -> list[BillRow]:
    c11 = CASES["C11"]["given"]["loads"][0]["rows"]
    return [
        line("c05", "web search tool calls", nano(CASES["C05"]["given"]["billed_nano"])),
        line("c07", "m-54, input", nano(CASES["C07"]["given"]["billed_nano"])),
        line("c08", "m-54, input", nano(CASES["C08"]["given"]["billed_nano"])),
        *(line("c11", item, nano(amount)) for item, amount in c11.items()),
        *(
            line("c14", f"type {place}, input", value)
            for place, value in enumerate(CASES["C14"]["given"]["amount_values_json"])
        ),
        line("keys", "m-54, input", Decimal("0.010"), "key_a"),
        line("keys", "m-54, input", Decimal("0.030"), "key_b"),
        line("shift", "m-54, input", Decimal("0.120")),
        line("credit", "m-54, input", Decimal("-0.000000003")),
        line("reduced", "m-54, input", Decimal("0.030"), "key_a"),
        line("reduced", "m-54, input", Decimal("0.010"), "key_b"),
        line("reduced", "m-54, input", Decimal("-0.004")),
        line("a|b", "m-54, input", Decimal("0.002"), "c"),
        line("a", "m-54, input", Decimal("0.003"), "b|c"),
        line("ruled", "something new", Decimal("1.5")),
    ]


def restated_bill() -> list[BillRow]:
    c11 = CASES["C11"]["given"]["loads"][1]["rows"]
    kept = [row for row in first_bill() if row.project_id != "c11"]
    return [*kept, *(line("c11", item, nano(amount)) for item, amount in c11.items())]


def write_seeds(folder: Path) -> None:
    shutil.copytree(ROOT / "seeds", folder)
    with (folder / "llm_price_overrides.csv").open("a", newline="") as file:
        for model, token_type, tier, above, usd in PRICES:
            csv.writer(file).writerow(
                ["OpenAI", model, token_type, tier, above, usd, "2026-01-01", "", "effective",
                 "a contract", "2026-01-01", ""]
            )  # fmt: skip
    with (folder / "cost_rules.csv").open("a", newline="") as file:
        csv.writer(file).writerow([" OpenAI", "ruled", "", "", "search", 50, ""])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return play(Project(tmp_path_factory.mktemp("cost_cases"), stays_open=True))


def play(project: Project) -> Project:
    """Loaded and built on 10 March, then again after the restatement of 11 March."""
    folder = project.folder
    write_seeds(folder / "seeds")
    store = folder / "store.sqlite"
    with StoreWriter(store) as writer:
        open_account(writer, clock=epoch("2026-03-10T12:00:00Z"))
        place_bill(writer, DAY, first_bill())
        place_bill(writer, date(2026, 3, 3), [line("shift", "m-54, input", Decimal("0.080"))])
        place_bill(writer, date(2026, 3, 4), [line("shift", "m-54, input", Decimal("0.150"))])
        place_bill(writer, DAY, restated_bill(), visible_from="2026-03-11T02:00:00Z")
    write_rows(folder / "events" / "calls.jsonl", given_events())
    with DemoServer(store, clock="2026-03-10T12:00:00Z") as server:
        project.settings |= {
            "SOURCES__OPENAI__ADMIN_KEY": "sk-admin-demo",
            "SOURCES__OPENAI__BASE_URL": server.url,
            "SOURCES__OPENAI__START_DATE": "2026-02-20",
            "SOURCES__APP_EVENTS__BUCKET_URL": str(folder / "events"),
            "SEEDS_DIR": os.path.relpath(folder / "seeds", ROOT),
            "AS_OF": "2026-03-10T12:00:00Z",
        }
        project.load("openai", "app_events")
        project.dbt("build", "--quiet", *SELECTED)
        server.clock = "2026-03-11T12:00:00Z"
        project.settings["AS_OF"] = "2026-03-11T12:00:00Z"
        project.load("openai", "app_events")
        project.dbt("build", "--quiet", *SELECTED, inner_tests=True)
    return project


SELECTED = (
    "--indirect-selection", "cautious", "--select", "+cost_by_feature_day",
    "+fct_cost_attribution", "+dim_features",
    "+cost_reconciliation_by_day", "+fct_llm_requests", "+dim_ai_models",
)  # fmt: skip


def costs(project: Project, name: str, day: date = DAY) -> dict[str, Decimal]:
    """`feature|customer` -> cost of a case's project."""
    rows = project.rows(
        "select feature_id || '|' || customer_id, sum(cost_usd) from core.fct_cost_attribution "
        f"where project_id = '{name}' and cost_date = '{day}' group by 1 order by 1"
    )
    return dict(rows)


def statuses(project: Project, name: str, day: date = DAY) -> set[str]:
    return {
        row[0]
        for row in project.rows(
            "select distinct status from core.fct_cost_attribution "
            f"where project_id = '{name}' and cost_date = '{day}'"
        )
    }


def list_cost(project: Project, event: str) -> tuple[Decimal | None, bool]:
    [row] = project.rows(
        f"select list_cost_usd, is_priced from core.fct_llm_requests where event_id = '{event}'"
    )
    return row


def test_c01_cached_tokens_are_part_of_the_input(played: Project) -> None:
    assert list_cost(played, "c01") == (Decimal(CASES["C01"]["expect"]["estimated_usd"]), True)


def test_c03_a_long_context_moves_the_whole_request(played: Project) -> None:
    assert list_cost(played, "c03-a") == (Decimal(CASES["C03"]["expect"]["a_usd"]), True)
    assert list_cost(played, "c03-b") == (Decimal(CASES["C03"]["expect"]["b_usd"]), True)


def test_c05_leftovers_go_by_largest_remainder_ties_by_key(played: Project) -> None:
    expected = {o: nano(n) for o, n in CASES["C05"]["expect"]["allocated_nano"].items()}
    # A line of searches is shared by all calls of its project and day; those have no bill of their
    # own and cost nothing beside.
    assert costs(played, "c05") == expected


def test_c07_what_the_bill_has_beyond_the_events_is_nobodys(played: Project) -> None:
    expected = {o: nano(n) for o, n in CASES["C07"]["expect"]["allocated_nano"].items()}
    expected[f"{UNATTRIBUTED}|{UNATTRIBUTED}"] = expected.pop(UNATTRIBUTED)
    assert costs(played, "c07") == expected
    assert statuses(played, "c07") == {CASES["C07"]["expect"]["reason"]}


def test_c08_a_lower_bill_scales_down(played: Project) -> None:
    expected = {o: nano(n) for o, n in CASES["C08"]["expect"]["allocated_nano"].items()}
    assert costs(played, "c08") == expected
    assert statuses(played, "c08") == {CASES["C08"]["expect"]["status"]}
    [(discount,)] = played.rows(
        "select sum(list_cost_usd - cost_usd) from core.fct_cost_attribution "
        "where project_id = 'c08'"
    )
    assert discount == nano(CASES["C08"]["expect"]["discount_nano"])


def test_c11_a_restated_day_replaces(played: Project) -> None:
    expect = CASES["C11"]["expect"]
    [(now, first)] = played.rows(
        "select sum(billed_usd), sum(first_billed_usd) from core.fct_provider_costs "
        "where project_id = 'c11'"
    )
    assert now == nano(expect["current_total_nano"])
    assert now - first == nano(expect["restated_delta_nano"])
    assert [first, now] == [nano(value) for value in expect["history_kept"]]
    found = {o: usd for o, usd in costs(played, "c11").items() if UNATTRIBUTED not in o}
    owned = {o: nano(n) for o, n in expect["allocated_nano"].items()}
    # the events' estimate is 9 dollars: the restatement is beyond the tolerance of 2 %
    assert sum(owned.values()) == now
    assert found == {"chat|cus_1": Decimal(6), "search|cus_2": Decimal(3)}
    assert statuses(played, "c11") == {"billed_exceeds_events", "billed_no_events"}


def test_c14_amounts_of_every_form_are_exact(played: Project) -> None:
    expect = CASES["C14"]["expect"]
    rows = played.rows(
        "select billed_usd from core.fct_provider_costs where project_id = 'c14' order by line_item"
    )
    assert [row[0] for row in rows] == [nano(value) for value in expect["nano"]]
    assert sum(row[0] for row in rows) == nano(expect["sum_nano"])
    assert sum(costs(played, "c14").values()) == nano(expect["sum_nano"])


def test_rates_below_a_nano_dollar_are_rounded_once_a_request(played: Project) -> None:
    # 3 x 37.5 + 3 x 12.5 = 150 nano-dollars; rounding each type would give 151
    assert list_cost(played, "tier") == (Decimal("0.000000150"), True)


def test_a_price_nobody_knows_is_null_and_never_zero(played: Project) -> None:
    assert list_cost(played, "unknown") == (None, False)
    assert list_cost(played, "no-tier") == (None, False)
    assert list_cost(played, "hit") == (Decimal(0), True)


def test_an_event_without_a_key_fits_the_line_that_is_left(played: Project) -> None:
    assert costs(played, "keys") == {
        "chat|cus_1": Decimal("0.010"),
        "chat|cus_2": Decimal("0.030"),
    }
    assert statuses(played, "keys") == {"reconciled"}


def test_neighbouring_days_are_reconciled_together(played: Project) -> None:
    # 0.12 and 0.08 against 0.1 and 0.1; the third day stands alone
    for day, usd in ((DAY, "0.12"), (date(2026, 3, 3), "0.08")):
        assert costs(played, "shift", day) == {"chat|cus_1": Decimal(usd)}
        assert statuses(played, "shift", day) == {"reconciled"}
    assert costs(played, "shift", date(2026, 3, 4)) == {
        "chat|cus_1": Decimal("0.1"),
        f"{UNATTRIBUTED}|{UNATTRIBUTED}": Decimal("0.05"),
    }


def test_a_credit_is_shared_by_size_then_sign(played: Project) -> None:
    assert costs(played, "credit") == {"chat|cus_1": nano(-2), "chat|cus_2": nano(-1)}


def test_a_credit_takes_no_part_of_the_use_that_it_reduces(played: Project) -> None:
    # the event without a key is key_b's, though only the credit names as little as it does
    assert costs(played, "reduced") == {
        "chat|cus_1": Decimal("0.027"),
        "chat|cus_2": Decimal("0.009"),
    }
    assert statuses(played, "reduced") == {"reconciled"}


def test_events_without_a_bill_are_provisional_then_free(played: Project) -> None:
    assert costs(played, "nobill") == {"chat|cus_1": Decimal(0)}
    assert statuses(played, "nobill") == {"never_billed"}
    assert costs(played, "nobill", date(2026, 3, 9)) == {"chat|cus_1": Decimal("0.007")}
    assert statuses(played, "nobill", date(2026, 3, 9)) == {"provisional"}


def test_ids_with_the_separator_in_them_are_ids_of_their_own(played: Project) -> None:
    assert played.rows(
        "select provider_cost_id, billed_usd from core.fct_provider_costs "
        "where project_id in ('a|b', 'a') order by 1"
    ) == [
        ("openai|2026-03-02|a%7Cb|c|m-54, input", Decimal("0.002")),
        ("openai|2026-03-02|a|b%7Cc|m-54, input", Decimal("0.003")),
    ]


def test_a_rule_names_the_feature_of_a_line_and_of_an_event(played: Project) -> None:
    assert costs(played, "ruled") == {
        "search|cus_1": Decimal(0),
        f"search|{UNATTRIBUTED}": Decimal("1.5"),
    }


def test_a_price_of_a_thousand_dollars_is_shown(played: Project) -> None:
    shown = "select input_usd_per_million from core.dim_ai_models where model_id = 'm-54'"
    assert played.rows(shown) == [(Decimal(1000),)]


@pytest.mark.slow
def test_a_full_refresh_gives_the_same_tables(played: Project) -> None:
    query = "select * exclude (method), method from core.fct_cost_attribution order by all"
    before = played.rows(query)
    assert before
    played.dbt("build", "--quiet", "--full-refresh", *SELECTED)
    assert played.rows(query) == before
