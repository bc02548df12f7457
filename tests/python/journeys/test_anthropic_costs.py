"""Three Anthropic organisations, from the API to the marts: one worked case, beside odd ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from demo.vendors.anthropic_api import (
    ADMIN_KEY,
    DEFAULT_WORKSPACE,
    AnthropicOrganisation,
    Charge,
)
from support.anthropic_server import serve
from support.commands import Project

pytestmark = pytest.mark.slow

DAY = date(2026, 9, 1)
NOON = datetime(2026, 9, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 9, 12, tzinfo=UTC)
MODEL = "claude-sonnet-4-5-20250929"

#: List prices of the model, in US dollars a million tokens: input 3, read from the cache 0.3,
#: written to it 3.75 for five minutes and 6 for an hour, output 15. The second key's output is
#: billed half.
CHARGES = [
    Charge(
        DAY, "15.000000", "uncached_input_tokens", 50_000, actor=("user_actor", "ann"),
        product="claude_code",
    ),
    Charge(DAY, "1.2", "cache_read_input_tokens", 40_000),
    Charge(DAY, "1.875", "cache_creation.ephemeral_5m_input_tokens", 5_000),
    Charge(DAY, "3", "cache_creation.ephemeral_1h_input_tokens", 5_000),
    Charge(DAY, "15", "output_tokens", 10_000),
    Charge(DAY, "15", "uncached_input_tokens", 50_000, key="apikey_2"),
    Charge(DAY, "1.5", "output_tokens", 2_000, key="apikey_2"),
    Charge(DAY, "10", cost_type="web_search", tier=None, window=None),
    Charge(
        DAY, "2.5", cost_type="code_execution", model=None, workspace=DEFAULT_WORKSPACE,
        key="apikey_3", tier=None, window=None,
    ),
]  # fmt: skip
WORKSPACES = [
    {"id": "wrkspc_a", "name": "Product", "archived_at": None},
    {"id": DEFAULT_WORKSPACE, "name": "Default", "archived_at": None},
]


def usd(amount: str) -> Decimal:
    return Decimal(amount)


def call(number: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "event_type": "llm_request",
        "occurred_at": f"2026-09-01T08:0{number}:00Z",
        "provider": "anthropic",
        "model": MODEL,
        "project_id": "wrkspc_a",
        **more,
    }


EVENTS = [
    call(
        1, customer_id="cus_a", feature="chat", api_key_id="apikey_1", input_tokens=100_000,
        cached_input_tokens=40_000, cache_write_tokens=10_000, cache_write_1h_tokens=5_000,
        output_tokens=10_000,
    ),
    call(
        2, customer_id="cus_b", feature="search", api_key_id="apikey_2", input_tokens=50_000,
        output_tokens=2_000,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("anthropic"))
    main = AnthropicOrganisation(NOON, list(CHARGES), lists={"workspaces": WORKSPACES})
    # Billed a hundredfold of what its own usage report costs, and another total than its lines.
    odd = AnthropicOrganisation(NOON, name="org_2")
    odd.charges = [replace(CHARGES[4], cents="1500", workspace="wrkspc_odd", key="apikey_odd")]
    odd.control[DAY] = "1400"
    old = AnthropicOrganisation(NOON, name="org_3", lists={"workspaces": WORKSPACES})
    old.charges = [Charge(DAY, "7.5", "output_tokens", 5_000, workspace=DEFAULT_WORKSPACE)]
    old.refusals = {"analytics/cost": (404, "not found")}
    with ExitStack() as stack:
        for name, server in (("ANTHROPIC", main), ("CLAUDE_ODD", odd), ("CLAUDE_OLD", old)):
            server.key = f"{ADMIN_KEY}-{name}"
            stack.enter_context(serve(server))
            project.settings |= {
                f"SOURCES__{name}__KIND": "anthropic",
                f"SOURCES__{name}__ADMIN_KEY": server.key,
                f"SOURCES__{name}__BASE_URL": server.url,
                f"SOURCES__{name}__START_DATE": DAY.isoformat(),
            }
        del project.settings["SOURCES__ANTHROPIC__KIND"]
        project.settings["AS_OF"] = NOON.isoformat()
        project.load_here("anthropic", "claude_odd", "claude_old")
        # A week later the first key's output was billed double.
        main.charges[4] = replace(CHARGES[4], cents="30.0")
        main.now = odd.now = old.now = LATER
        project.settings["AS_OF"] = LATER.isoformat()
        project.load_here("anthropic", "claude_odd", "claude_old")
    events = project.folder / "events"
    events.mkdir()
    (events / "calls.jsonl").write_text("\n".join(map(json.dumps, EVENTS)))
    project.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(events)
    project.load_here("app_events")
    project.dbt(
        "build", "--quiet", "--exclude-resource-type", "test", "unit_test", "--select",
        "+cost_by_feature_day", "+cost_by_model_day", "+cost_reconciliation_by_day",
        "+fct_cost_attribution", "+bill_controls_by_day", "+fct_exceptions_of_bills",
        "+fct_exceptions_of_cost", "+cost_by_actor_day", "+dim_provider_names",
        "+stg_anthropic__users",
    )  # fmt: skip
    yield project


def test_the_bill_is_what_was_stated_last(project: Project) -> None:
    assert project.rows(
        "select project_id, api_key_id, line_item, model_id, pool, billed_usd, first_billed_usd, "
        "list_cost_usd, billing_account_id, cost_kind, basis, is_final "
        "from core.fct_provider_costs where source_account = 'anthropic' order by 2, 3"
    ) == [
        ("wrkspc_a", "apikey_1", *row, "org_1", "llm", "billed", True)
        for row in [
            (f"{MODEL}, cache_creation.ephemeral_1h_input_tokens", "claude-sonnet-4-5",
             "cache_write", usd("0.03"), usd("0.03"), usd("0.03")),
            (f"{MODEL}, cache_creation.ephemeral_5m_input_tokens", "claude-sonnet-4-5",
             "cache_write", usd("0.01875"), usd("0.01875"), usd("0.01875")),
            (f"{MODEL}, cache_read_input_tokens", "claude-sonnet-4-5", "cached_input",
             usd("0.012"), usd("0.012"), usd("0.012")),
            (f"{MODEL}, output_tokens", "claude-sonnet-4-5", "output", usd("0.3"), usd("0.15"),
             usd("0.3")),
            (f"{MODEL}, uncached_input_tokens", "claude-sonnet-4-5", "uncached_input",
             usd("0.15"), usd("0.15"), usd("0.15")),
            (f"{MODEL}, web_search", "__no_model__", "other", usd("0.1"), usd("0.1"), usd("0.1")),
        ]
    ] + [
        ("wrkspc_a", "apikey_2", f"{MODEL}, output_tokens", "claude-sonnet-4-5", "output",
         usd("0.015"), usd("0.015"), usd("0.015"), "org_1", "llm", "billed", True),
        ("wrkspc_a", "apikey_2", f"{MODEL}, uncached_input_tokens", "claude-sonnet-4-5",
         "uncached_input", usd("0.15"), usd("0.15"), usd("0.15"), "org_1", "llm", "billed", True),
        (DEFAULT_WORKSPACE, "apikey_3", "code_execution", "__no_model__", "other", usd("0.025"),
         usd("0.025"), usd("0.025"), "org_1", "llm", "billed", True),
    ]  # fmt: skip


def test_cost_goes_to_features_and_customers_by_model_kind_workspace_and_key(
    project: Project,
) -> None:
    nobody = "__unattributed__"
    assert project.rows(
        "select line_item, feature_id, customer_id, status, method, cost_usd "
        "from core.fct_cost_attribution "
        "where source_account = 'anthropic' and cost_usd <> 0 order by all"
    ) == [
        ("claude-sonnet-4-5-20250929, cache_creation.ephemeral_1h_input_tokens", "chat", "cus_a",
         "reconciled", "project_key_model_pool", usd("0.03")),
        ("claude-sonnet-4-5-20250929, cache_creation.ephemeral_5m_input_tokens", "chat", "cus_a",
         "reconciled", "project_key_model_pool", usd("0.01875")),
        ("claude-sonnet-4-5-20250929, cache_read_input_tokens", "chat", "cus_a", "reconciled",
         "project_key_model_pool", usd("0.012")),
        # billed double: the events keep their estimate, the rest is nobody's
        ("claude-sonnet-4-5-20250929, output_tokens", nobody, nobody, "billed_exceeds_events",
         "none", usd("0.15")),
        ("claude-sonnet-4-5-20250929, output_tokens", "chat", "cus_a", "billed_exceeds_events",
         "project_key_model_pool", usd("0.15")),
        ("claude-sonnet-4-5-20250929, output_tokens", "search", "cus_b", "scaled_down",
         "project_key_model_pool", usd("0.015")),
        ("claude-sonnet-4-5-20250929, uncached_input_tokens", "chat", "cus_a", "reconciled",
         "project_key_model_pool", usd("0.15")),
        ("claude-sonnet-4-5-20250929, uncached_input_tokens", "search", "cus_b", "reconciled",
         "project_key_model_pool", usd("0.15")),
        # shared by what its workspace's calls cost at list price: 0.36075 and 0.18
        ("claude-sonnet-4-5-20250929, web_search", "chat", "cus_a", "reconciled", "project_day",
         usd("0.066712899")),
        ("claude-sonnet-4-5-20250929, web_search", "search", "cus_b", "reconciled", "project_day",
         usd("0.033287101")),
        ("code_execution", nobody, nobody, "billed_no_events", "none", usd("0.025")),
    ]  # fmt: skip


def test_the_marts_tie_to_the_bill_and_to_its_control_total(project: Project) -> None:
    assert project.rows(
        "select feature_id, cost_usd from unit_economics.cost_by_feature_day "
        "where feature_id <> '__unattributed__' order by 1"
    ) == [("chat", usd("0.427462899")), ("search", usd("0.198287101"))]
    assert project.rows(
        "select source_account, billed_usd, control_usd, is_tied, reported_list_usd, "
        "billed_to_reported_ratio, is_final from monitoring.bill_controls_by_day "
        f"where date = date '{DAY}' order by 1"
    ) == [
        ("anthropic", usd("0.80075"), usd("0.80075"), True, usd("0.54075"),
         usd("1.249653259"), True),
        ("claude_odd", usd("15"), usd("14"), False,
         usd("0.15"), usd("100"), True),
        ("claude_old", usd("0.075"), usd("0.075"), True, usd("0.075"), usd("1"), True),
    ]  # fmt: skip
    assert project.rows(
        "select reason, subject_id, amount from core.fct_exceptions_of_bills order by all"
    ) == [
        ("billed_far_from_usage", "claude_odd|2026-09-01", usd("15")),
        ("differs_from_control_total", "claude_odd|2026-09-01", usd("1")),
    ]
    assert project.rows("select reason, subject_id from core.fct_exceptions_of_cost") == []
    assert project.rows(
        "select sum(billed_usd), sum(attributed_usd), sum(unattributed_usd) "
        f"from monitoring.cost_reconciliation_by_day where date = date '{DAY}'"
    ) == [(usd("15.87575"), usd("0.62575"), usd("15.25"))]


def test_the_older_report_speaks_of_the_same_default_workspace(project: Project) -> None:
    assert project.rows(
        "select project_id, api_key_id, model_id, billed_usd from core.fct_provider_costs "
        "where source_account = 'claude_old'"
    ) == [(DEFAULT_WORKSPACE, None, "claude-sonnet-4-5", usd("0.075"))]
    assert ("claude_old", DEFAULT_WORKSPACE, "Default") in project.rows(
        "select source_account, named_id, given_name from core.dim_provider_names"
    )


def test_who_caused_a_cost_adds_up_to_the_bill_and_is_none_of_it(project: Project) -> None:
    assert project.rows(
        "select source, actor_type, actor_id, actor_name, product, model, basis, "
        "cost_usd, is_final from unit_economics.cost_by_actor_day where source = 'anthropic' "
        "order by all"
    ) == [
        ("anthropic", "__unknown__", "__unknown__", None, "__unknown__", "__no_model__", "billed",
         usd("0.025"), True),
        ("anthropic", "__unknown__", "__unknown__", None, "__unknown__", MODEL, "billed",
         usd("0.62575"), True),
        ("anthropic", "user_actor", "ann", "Ann", "claude_code", MODEL, "billed", usd("0.15"),
         True),
    ]  # fmt: skip


def test_input_of_the_usage_report_holds_what_was_cached_and_written(project: Project) -> None:
    assert project.rows(
        "select input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, "
        "output_tokens, list_cost_usd from core.fct_provider_usage "
        "where source_account = 'anthropic'"
    ) == [(150_000, 40_000, 10_000, 5_000, 12_000, usd("0.54075"))]


def test_the_declarations_of_its_models_hold(project: Project) -> None:
    project.dbt(
        "test", "--quiet", "--select", "path:models/staging/anthropic",
        "path:models/intermediate/anthropic", "int_cost_by_actor", "fct_cost_by_actor_day",
        "cost_by_actor_day", "fct_bill_controls_by_day", "fct_provider_costs",
        "cost_attribution_sums_to_the_bill", "cost_by_model_adds_up_to_the_bill",
        "the_bill_is_what_was_stated_last", "--exclude-resource-type", "unit_test",
        "--indirect-selection", "cautious",
    )  # fmt: skip
