"""A second provider of AI cost, and a second account of the first: what each needs and yields."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from support.commands import Project
from support.raw_tables import RawEvents, RawOpenAI, RawTables, cost
from support.second_vendor import changed_files, project_with_vendor

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 4, 12)
AS_OF = "2026-03-10T00:00:00"
FIXTURES = Path(__file__).parent / "fixtures" / "testcloud"
#: Two US dollars for a million tokens, in and out.
SEED_ROWS = {
    "llm_prices.csv": [
        f"testcloud,cloud-1,{kind},standard,0,2,2020-01-01,,stated,test,2026-01-01,"
        for kind in ("input", "output")
    ],
    "line_item_map.csv": [
        "testcloud,tokens in *,cloud-1,uncached_input,10,",
        "testcloud,tokens out *,cloud-1,output,10,",
        "testcloud,rent,,other,10,",
    ],
    "cost_kinds.csv": [
        "testcloud,compute *,infrastructure,5,",
        "testcloud,logs,observability,5,",
        "testcloud,gateway,llm,5,",
    ],
    "cost_rules.csv": ["testcloud,ws_b,,,search,1,"],
    "exchange_rates.csv": ["2026-03-01,sek,0.1,test"],
    "infrastructure_costs.csv": [
        "2026-02-01,chat,70,infrastructure,billed by nobody",
        "2026-03-01,chat,700,infrastructure,billed as well",
        "2026-03-01,chat,9,other,billed as well",
    ],
}


def usd(amount: int | str) -> Decimal:
    return Decimal(amount)


def call(number: int, provider: str | None, project: str | None, feature: str) -> dict[str, Any]:
    """A call with half a million tokens in and a million out."""
    return {
        "event_id": f"e{number}",
        "event_type": "llm_request",
        "occurred_at": datetime(2026, 3, 2, 8, number),
        "customer_id": f"cus_{number % 2}",
        "feature": feature,
        "provider": provider,
        "model": "cloud-1" if provider == "testcloud" else "gpt-4o",
        "project_id": project,
        "input_tokens": 500_000,
        "output_tokens": 1_000_000,
    }


def build(project: Project, *more: str) -> None:
    project.settings["AS_OF"] = AS_OF
    project.dbt(
        "build", "--quiet", "--exclude-resource-type", "test", "unit_test",
        "--select", "+fct_cost_attribution", *more,
    )  # fmt: skip


#: What testcloud bills that is no AI: (workspace, item, cents) with its service and more.
OTHER_LINES: list[tuple[tuple[str, str, int], dict[str, Any]]] = [
    (("ws_a", "hours", 1200), {"service": "Compute X", "unit": "h", "quantity": Decimal(3)}),
    # one line of two parts, in Swedish crowns
    (("ws_b", "hours", 500), {"service": "Compute Y", "currency": "sek", "list_cents": 900}),
    (("ws_b", "hours", 250), {"service": "Compute Y", "currency": "sek", "list_cents": 100}),
    (("ws_a", "lines", 40), {"service": "Logs", "is_final": False}),
    (("ws_a", "fee", 30), {"service": "Mystery"}),
    # reckoned by a gateway, billed by nobody
    (("ws_g", "tokens out y", 400), {"service": "Gateway", "basis": "estimated"}),
    # no rate for its currency: unknown, not nothing
    (("ws_a", "traces", 77), {"service": "Logs", "currency": "xau"}),
]


def bill_lines(load_id: str, lines: list[tuple[str, str, int]]) -> pa.Table:
    """Lines of testcloud's bill of the day: (workspace, item, cents), and those that are no AI."""
    all_lines: list[tuple[tuple[str, str, int], dict[str, Any]]] = [(line, {}) for line in lines]
    all_lines += OTHER_LINES
    rows = [
        {
            "_dlt_load_id": load_id,
            "_observed_at": NOON,
            "bill_date": DAY,
            "position": position,
            "workspace": workspace,
            "item": item,
            "cents": Decimal(cents),
            "list_cents": Decimal(more["list_cents"]) if "list_cents" in more else None,
            "currency": more.get("currency", "usd"),
            "service": more.get("service"),
            "unit": more.get("unit"),
            "quantity": more.get("quantity"),
            "is_final": more.get("is_final"),
            "basis": more.get("basis"),
        }
        for position, ((workspace, item, cents), more) in enumerate(all_lines)
    ]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def two_vendors(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = project_with_vendor(
        tmp_path_factory.mktemp("vendor"),
        FIXTURES,
        "cost_vendors",
        "testcloud",
        ["cost_statements", "cost_statement_lines"],
        SEED_ROWS,
    )
    RawEvents(project.warehouse).load_events(
        "1.1",
        [
            call(1, "testcloud", "ws_a", "chat"),
            call(2, "testcloud", "ws_a", "search"),
            call(3, "openai", "proj_a", "chat"),
        ],
    )
    openai = RawOpenAI(project.warehouse)
    openai.load_days("1.2", NOON, {("organization", DAY): [cost("gpt-4o, output", "10")]})
    cloud = RawTables(project.warehouse, "testcloud")
    first = [("ws_a", "tokens in x", 200), ("ws_a", "tokens out x", 300), ("ws_a", "rent", 50)]
    cloud.load("1.3", {"bill_lines": bill_lines("1.3", first)}, synced_at=NOON)
    # Stated again, with rent that doubled.
    again = [*first[:2], ("ws_a", "rent", 100)]
    cloud.load("1.4", {"bill_lines": bill_lines("1.4", again)}, synced_at=datetime(2026, 3, 5))
    build(
        project, "+cost_by_model_day", "+cost_by_feature_day", "+profit_by_day",
        "+fct_exceptions_of_bills", "+fct_exceptions_of_cost", "+cost_reconciliation_by_day",
        "+margin_marts_agree_across_grains",
    )  # fmt: skip
    return project


def test_a_vendor_is_its_own_folders_and_one_entry(two_vendors: Project) -> None:
    folders = {str(Path(name).parent) for name in changed_files(two_vendors)}
    assert folders == {
        ".",  # its entry in dbt_project.yml
        "models/staging/testcloud",
        "models/intermediate/testcloud",
        "seeds",  # its prices and the wording of its bill
    }


def test_the_bill_of_a_second_vendor_is_billed_as_last_stated(two_vendors: Project) -> None:
    assert two_vendors.rows(
        "select provider, source_account, project_id, api_key_id, line_item, model_id, "
        "billed_usd, first_billed_usd from core.fct_provider_costs where cost_kind = 'llm' "
        "order by provider, line_item"
    ) == [
        ("openai", "openai", "proj_a", None, "gpt-4o, output", "gpt-4o", usd(10), usd(10)),
        ("testcloud", "testcloud", "ws_a", None, "rent", "__no_model__", usd(1), usd("0.5")),
        ("testcloud", "testcloud", "ws_a", None, "tokens in x", "cloud-1", usd(2), usd(2)),
        ("testcloud", "testcloud", "ws_a", None, "tokens out x", "cloud-1", usd(3), usd(3)),
        ("testcloud", "testcloud", "ws_g", None, "tokens out y", "cloud-1", usd(4), usd(4)),
    ]


def test_the_bill_of_a_second_vendor_goes_to_its_own_calls(two_vendors: Project) -> None:
    assert two_vendors.rows(
        "select line_item, feature_id, customer_id, status, cost_usd "
        "from core.fct_cost_attribution "
        "where provider = 'testcloud' and cost_kind = 'llm' and status <> 'estimated' order by all"
    ) == [
        ("rent", "chat", "cus_1", "reconciled", usd("0.5")),
        ("rent", "search", "cus_0", "reconciled", usd("0.5")),
        ("tokens in x", "chat", "cus_1", "reconciled", usd(1)),
        ("tokens in x", "search", "cus_0", "reconciled", usd(1)),
        ("tokens out x", "chat", "cus_1", "scaled_down", usd("1.5")),
        ("tokens out x", "search", "cus_0", "scaled_down", usd("1.5")),
    ]
    assert two_vendors.rows(
        "select provider, sum(cost_usd) from core.fct_cost_by_line_day "
        "where line_item <> '__no_bill__' and cost_kind = 'llm' group by 1 order by 1"
    ) == [("openai", usd(10)), ("testcloud", usd(10))]
    assert two_vendors.rows(
        "select model_id, cost_usd from unit_economics.cost_by_model_day "
        "where provider = 'testcloud' order by 1"
    ) == [("__no_model__", usd(1)), ("cloud-1", usd(9))]


def test_what_is_billed_for_other_things_is_described(two_vendors: Project) -> None:
    assert two_vendors.rows(
        "select project_id, line_item, cost_kind, is_kind_known, service, unit, quantity, "
        "native_currency, native_amount, billed_usd, list_cost_usd, basis, is_final, model_id "
        "from core.fct_provider_costs where cost_kind <> 'llm' order by all"
    ) == [
        ("ws_a", "fee", "other", False, "Mystery", None, None, "usd", usd("0.3"), usd("0.3"),
         None, "billed", True, "__no_model__"),
        ("ws_a", "hours", "infrastructure", True, "Compute X", "h", usd(3), "usd", usd(12),
         usd(12), None, "billed", True, "__no_model__"),
        ("ws_a", "lines", "observability", True, "Logs", None, None, "usd", usd("0.4"),
         usd("0.4"), None, "billed", False, "__no_model__"),
        ("ws_a", "traces", "observability", True, "Logs", None, None, "xau", usd("0.77"), None,
         None, "billed", True, "__no_model__"),
        ("ws_b", "hours", "infrastructure", True, "Compute Y", None, None, "sek", usd("7.5"),
         usd("0.75"), usd(1), "billed", True, "__no_model__"),
    ]  # fmt: skip


def test_what_is_billed_for_other_things_is_no_ai_cost(two_vendors: Project) -> None:
    # A part goes to a feature, as a rule says; calls of models weigh none of it.
    assert two_vendors.rows(
        "select line_item, feature_id, customer_id, method, cost_usd "
        "from core.fct_cost_attribution where cost_kind <> 'llm' order by all"
    ) == [
        ("fee", "__unattributed__", "__unattributed__", "none", usd("0.3")),
        ("hours", "__unattributed__", "__unattributed__", "none", usd(12)),
        ("hours", "search", "__unattributed__", "cost_rule", usd("0.75")),
        ("lines", "__unattributed__", "__unattributed__", "none", usd("0.4")),
    ]
    assert two_vendors.rows(
        "select feature_id, cost_usd, other_kinds_cost_usd "
        "from unit_economics.cost_by_feature_day where other_kinds_cost_usd <> 0"
    ) == [("search", usd("3.75"), usd("0.75"))]
    # nor does it make a call dearer: 3.00 of AI for the call of search
    assert two_vendors.rows(
        "select days.cost_usd_per_call, months.cost_usd_per_request "
        "from unit_economics.cost_by_feature_day as days "
        "inner join unit_economics.margin_by_feature_month as months using (feature_id) "
        "where feature_id = 'search' and days.calls > 0"
    ) == [(usd(3), usd(3))]
    # ... and the views of the company still agree, or nothing would be published
    two_vendors.dbt("test", "--select", "margin_marts_agree_across_grains", "--quiet")
    assert two_vendors.rows(
        "select sum(billed_usd), sum(unattributed_usd) from monitoring.cost_reconciliation_by_day "
        "where provider = 'testcloud'"
    ) == [(usd(10), usd(4))]


def test_what_a_gateway_reckons_is_an_estimate(two_vendors: Project) -> None:
    assert two_vendors.rows(
        "select line_item, status, cost_usd from core.fct_cost_attribution "
        "where provider = 'testcloud' and status = 'estimated'"
    ) == [("tokens out y", "estimated", usd(4))]
    # ... by model, too, where calls without a bill of their own have their model as well
    assert two_vendors.rows(
        "select sum(total_cost_usd), sum(estimated_cost_usd), sum(provisional_cost_usd) "
        "from unit_economics.cost_by_model_day"
    ) == [(usd(20), usd(4), usd(0))]
    assert two_vendors.rows(
        "select month, llm_cost_usd, estimated_llm_cost_usd from unit_economics.profit_by_month "
        "where llm_cost_usd <> 0"
    ) == [(date(2026, 3, 1), usd(20), usd(4))]


def test_a_month_takes_a_kind_of_cost_from_the_bill_or_from_the_seed(
    two_vendors: Project,
) -> None:
    assert two_vendors.rows(
        "select month, llm_cost_usd, infrastructure_cost_usd, observability_cost_usd, "
        "other_cost_usd, missing_costs from unit_economics.profit_by_month order by month"
    ) == [
        (date(2026, 2, 1), usd(0), usd(70), None, None, "observability, other"),
        (date(2026, 3, 1), usd(20), usd("12.75"), usd("0.4"), usd("0.3"), "observability"),
    ]
    # The seed's month falls on its days; what is billed, on the day it is billed for.
    assert two_vendors.rows(
        "select count(*), sum(infrastructure_cost_usd), min(infrastructure_cost_usd), "
        "max(observability_cost_usd) from unit_economics.profit_by_day where date < '2026-03-01'"
    ) == [(28, usd(70), usd("2.5"), None)]
    assert two_vendors.rows(
        "select llm_cost_usd, estimated_llm_cost_usd, infrastructure_cost_usd, "
        "observability_cost_usd, other_cost_usd from unit_economics.profit_by_day "
        "where date = '2026-03-02'"
    ) == [(usd(20), usd(4), usd("12.75"), usd("0.4"), usd("0.3"))]
    assert two_vendors.rows(
        "select reason, subject_id, amount, currency from ("
        "from core.fct_exceptions_of_cost union all from core.fct_exceptions_of_bills) "
        "where reason in ('seeded_and_billed', 'unknown_kind_of_cost', 'no_amount_in_dollars') "
        "order by all"
    ) == [
        ("no_amount_in_dollars", "testcloud|2026-03-02|ws_a||traces", usd("0.77"), "xau"),
        ("seeded_and_billed", "infrastructure_costs|2026-03-01|chat|infrastructure", usd(700),
         "usd"),
        ("seeded_and_billed", "infrastructure_costs|2026-03-01|chat|other", usd(9), "usd"),
        ("unknown_kind_of_cost", "testcloud|Mystery", usd("0.3"), "usd"),
    ]  # fmt: skip


#: What two OpenAI organisations bill and do: line item -> US dollars, by project.
BILLS: dict[str, dict[str | None, dict[str, str]]] = {
    "openai": {
        "proj_a": {"gpt-4o, input": "2", "gpt-4o, output": "9", "web search tool calls": "1"},
        None: {"web search tool calls": "0.3"},
    },
    "openai_2": {
        "proj_b": {"gpt-4o, output": "30", "web search tool calls": "4"},
        None: {"gpt-4o, input": "1.5", "web search tool calls": "0.000000007"},
    },
}
PROJECTS = {"openai": "proj_a", "openai_2": "proj_b"}


def events_of(account: str) -> list[dict[str, Any]]:
    first = 10 * list(PROJECTS).index(account)
    return [
        call(first + number, None, PROJECTS[account], feature)
        for number, feature in enumerate(["chat", "search", "code"])
    ]


def load(project: Project, account: str, first_load: int, named: str) -> None:
    """An organisation's events and its bill, as the account `named`; load ids count on."""
    RawEvents(project.warehouse).load_events(f"{first_load}.1", events_of(account))
    raw = RawOpenAI(project.warehouse, named)
    lines = [
        cost(item, amount, project_id)
        for project_id, items in BILLS[account].items()
        for item, amount in items.items()
    ]
    next_day = date(2026, 3, 3)
    days = {("organization", DAY): lines, ("organization", next_day): lines[:1]}
    raw.load_days(f"{first_load + 1}.1", NOON, days)
    if account == "openai_2":
        # Stated again in this account only: the other's first bill stands.
        again = {("organization", next_day): [cost("gpt-4o, output", "7", "proj_b")]}
        raw.load_days(f"{first_load + 2}.1", datetime(2026, 3, 6), again)


def shown(project: Project) -> list[tuple[Any, ...]]:
    """What is billed and to whom it goes, without the names of accounts."""
    return [
        *project.rows(
            "select cost_date, project_id, line_item, feature_id, customer_id, status, method, "
            "cost_usd, list_cost_usd from core.fct_cost_attribution"
        ),
        *project.rows(
            "select cost_date, project_id, line_item, billed_usd, first_billed_usd, restated_at "
            "from core.fct_provider_costs"
        ),
    ]


@pytest.mark.slow
def test_two_accounts_bill_what_each_bills_alone(tmp_path: Path) -> None:
    second = Project(tmp_path / "second")
    second.folder.mkdir()
    load(second, "openai_2", 20, named="openai")
    build(second)
    both = Project(tmp_path / "both")
    both.folder.mkdir()
    load(both, "openai", 10, named="openai")
    build(both)
    first_alone, second_alone = shown(both), shown(second)
    load(both, "openai_2", 20, named="openai_2")
    build(both)
    assert sorted(shown(both), key=str) == sorted(first_alone + second_alone, key=str)
    assert both.rows(
        "select source_account, sum(cost_usd) from core.fct_cost_attribution "
        "where source_account is not null group by 1 order by 1"
    ) == both.rows(
        "select source_account, sum(billed_usd) from core.fct_provider_costs group by 1 order by 1"
    )
    keys = both.rows(
        "select source_account, min(provider_cost_id), max(provider_cost_id) "
        "from core.fct_provider_costs group by 1 order by 1"
    )
    assert all(key.startswith("openai|2026-03-0") for key in keys[0][1:])
    assert all(key.startswith("openai:openai_2|2026-03-0") for key in keys[1][1:])
