"""Stripe's own example object of every resource, served as API answers: all load, all stage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.sources.stripe.endpoints import (
    CREDIT_BALANCE_TRANSACTIONS,
    ENDPOINTS,
    EVENTS,
    METER_EVENT_SUMMARIES,
)
from support.commands import Project
from support.stripe_server import StripeLists, serve

FIXTURE = Path(__file__).parents[1] / "fixtures" / "stripe_objects.json"


def example_lists() -> dict[str, list[dict[str, object]]]:
    """List address -> Stripe's example object of that resource."""
    resources = json.loads(FIXTURE.read_text())["resources"]
    lists = {
        endpoint.path: [resources[endpoint.object_type or "balance_transaction"]]
        for endpoint in ENDPOINTS
        if endpoint.path != "/v1/entitlements/features"
    }
    lists["/v1/entitlements/features"] = [resources["entitlements.feature"]]
    lists[EVENTS.path] = [resources["event"]]
    lists[CREDIT_BALANCE_TRANSACTIONS.path] = [resources["billing.credit_balance_transaction"]]
    meter = resources["billing.meter"]["id"]
    lists[METER_EVENT_SUMMARIES.path.format(meter=meter)] = [
        resources["billing.meter_event_summary"]
    ]
    return lists


@pytest.mark.slow
def test_stripes_own_examples_load_and_stage(project: Project) -> None:
    lists = example_lists()
    with serve(StripeLists(lists)) as server:
        project.settings |= {
            "SOURCES__STRIPE__API_KEY": "rk_test_examples",
            "SOURCES__STRIPE__BASE_URL": server.url,
            "AS_OF": "2026-11-01",
        }
        project.load("stripe")
    assert project.rows(
        "select count(*) from information_schema.tables "
        "where table_schema = 'raw_stripe' and table_name = 'quarantine'"
    ) == [(0,)]
    for endpoint in ENDPOINTS:
        [example] = lists[endpoint.path]
        assert project.rows(f"select id from raw_stripe.{endpoint.table.name}") == [
            (example["id"],)
        ], endpoint.path
    project.dbt("build")
    staged = project.rows(
        "select invoice_line_id, net_amount, currency from core.fct_invoice_lines"
    )
    [line] = lists["/v1/invoices"][0]["lines"]["data"]
    assert [(row[0], int(row[1] * 100), row[2]) for row in staged] == [
        (line["id"], line["amount"], line["currency"])
    ]
