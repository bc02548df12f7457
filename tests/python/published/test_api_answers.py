"""Every address answers what SQL on the published file says, and explains its nulls."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.served import Served, serve

DAYS = "between date '2026-10-01' and date '2026-10-31'"
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
#: Address -> its numbers by path, and SQL that says the same.
SAME: dict[str, dict[str, str]] = {
    "/dashboard": {
        "cost": f"select sum(cost_usd) from unit_economics.cost_by_feature_day where date {DAYS}",
        "alerts_open.total": "select count(*) from monitoring.alerts where status = 'open'",
        "features.#": f"select count(distinct feature_id) from unit_economics.cost_by_feature_day "
        f"where date {DAYS}",
        "timeseries.#": "select 31",
    },
    "/llm/usage/summary": {
        "total_calls": "select sum(calls - cache_hits) from product.llm_usage_by_model_day "
        f"where date {DAYS}",
        "total_tokens": "select sum(total_tokens) from product.llm_usage_by_model_day "
        f"where date {DAYS}",
        "total_cost": "select sum(cost_usd) from unit_economics.cost_by_feature_day "
        f"where date {DAYS}",
        "top_models.0.calls": "select sum(calls - cache_hits) from product.llm_usage_by_model_day "
        f"where date {DAYS} group by model_id order by 1 desc limit 1",
    },
    "/llm/costs": {
        "total": f"select sum(cost_usd) from unit_economics.cost_by_feature_day where date {DAYS}",
        "by_basis.estimated": "select sum(estimated_cost_usd) "
        f"from unit_economics.cost_by_feature_day where date {DAYS}",
        "by_model.0.cost": "select sum(total_cost_usd) from unit_economics.cost_by_model_day "
        f"where date {DAYS} group by model_id order by 1 desc limit 1",
        "by_model.0.billed": "select sum(total_cost_usd - estimated_cost_usd "
        "- provisional_cost_usd) from unit_economics.cost_by_model_day "
        f"where date {DAYS} group by model_id order by sum(total_cost_usd) desc limit 1",
        "by_tier.0.cost": "select max(cost_usd) from unit_economics.margin_by_plan_month "
        "where month = date '2026-10-01'",
        "daily_trend.0.cost": "select sum(cost_usd) from unit_economics.cost_by_feature_day "
        "where date = date '2026-10-01'",
    },
    "/llm/cache-stats": {
        "requests": f"select sum(requests) from product.cache_by_day where date {DAYS}",
        "cost_saved": f"select sum(saved_usd) from product.cache_by_day where date {DAYS}",
    },
    "/analytics/services/popularity": {
        "services.0.calls": "select calls from product.usage_by_service_month "
        "where month = date '2026-10-01' order by popularity_rank, service limit 1",
        "total_services": "select count(*) from product.usage_by_service_month "
        "where month = date '2026-10-01'",
    },
    "/analytics/services/cost-per-user": {
        "total_cost": "select sum(cost_usd) from product.usage_by_service_month "
        "where month = date '2026-10-01'",
        "active_users": "select active_users from product.active_users_by_month "
        "where month = date '2026-10-01'",
    },
    "/metering/summary": {
        "total_cost": "select sum(cost_usd) from product.usage_by_service_month "
        "where month = date '2026-10-01'",
        "total_revenue": "select revenue_usd from unit_economics.profit_by_month "
        "where month = date '2026-10-01'",
    },
    "/metering/service/assistant": {
        "calls": "select calls from product.usage_by_service_month "
        "where month = date '2026-10-01' and service = 'assistant'",
    },
    "/billing/analytics/summary": {
        "revenue.mrr": "select closing_mrr from finance.mrr_movements_by_month "
        "where month = date '2026-10-01'",
        "revenue.total": "select recognised_revenue from finance.revenue_by_month "
        "where month = date '2026-10-01'",
        "costs.llm": "select llm_cost_usd from unit_economics.profit_by_month "
        "where month = date '2026-10-01'",
        "costs.observability": "select observability_cost_usd from unit_economics.profit_by_month "
        "where month = date '2026-10-01'",
        "profitability.net_profit": "select net_profit_usd from unit_economics.profit_by_month "
        "where month = date '2026-10-01'",
        "payments.invoices": "select invoices from finance.billing_health_by_month "
        "where month = date '2026-10-01'",
    },
    "/customers/cus_3": {
        "mrr": "select mrr from finance.mrr_by_customer_month where customer_id = 'cus_3' "
        "order by month desc limit 1",
    },
    "/customers/cus_3/usage": {
        "total_calls": "select sum(calls) from product.usage_by_customer_day "
        f"where customer_id = 'cus_3' and date {DAYS}",
        "days.#": "select count(*) from product.usage_by_customer_day "
        f"where customer_id = 'cus_3' and date {DAYS}",
    },
    "/customers/cus_3/cost": {
        "allowance": "select allowance from product.allowance_by_customer_month "
        "where customer_id = 'cus_3' and month = date '2026-10-01'",
    },
    "/customers/cus_3/movements": {
        "movements.#": "select count(*) from core.fct_mrr_movements "
        f"where customer_id = 'cus_3' and movement_date {DAYS}",
    },
    "/customers/cus_3/invoices": {
        "invoices.#": "select count(distinct invoice_id) from core.fct_invoice_lines where "
        f"customer_id = 'cus_3' and cast(invoice_finalized_at as date) {DAYS}",
        "invoices.0.net_amount": "select sum(net_amount) from core.fct_invoice_lines where "
        f"customer_id = 'cus_3' and cast(invoice_finalized_at as date) {DAYS} group by invoice_id "
        "order by min(invoice_finalized_at) desc limit 1",
    },
}
#: Addresses that take no period.
NOW: dict[str, dict[str, str]] = {
    "/analytics/revenue/mrr": {
        "current": "select closing_mrr from finance.mrr_movements_by_month "
        "order by month desc limit 1",
        "months.#": "select 12",
        "months.0.movements.churn": "select churn_mrr from finance.mrr_movements_by_month "
        "where month = date '2025-12-01'",
    },
    "/analytics/revenue/arr": {
        "arr": "select arr from finance.mrr_by_day order by date desc limit 1",
        "by_tier.0.arr": "select max(arr) from finance.mrr_by_plan_month "
        "where month = date '2026-11-01'",
    },
    "/analytics/revenue/growth": {
        "mom": "select mom_growth from finance.revenue_by_month where month = date '2026-10-01'",
        "this_month": "select invoiced from finance.revenue_by_month "
        "where month = date '2026-10-01'",
    },
    "/analytics/revenue/by-tier": {
        "total_revenue": "select sum(revenue_usd) from unit_economics.margin_by_plan_month "
        "where month = date '2026-10-01'",
    },
    "/analytics/users/ltv": {
        "average": "select ltv_margin from finance.ltv_by_segment where segment_kind = 'all'",
    },
    "/analytics/users/churn": {
        "monthly_rate": "select customer_churn_rate from finance.mrr_movements_by_month "
        "where month = date '2026-10-01'",
    },
    "/analytics/users/acquisition": {
        "new_users": "select new_users from product.active_users_by_month "
        "where month = date '2026-10-01'",
        "channels.#": "select count(*) from product.acquisition_by_channel_month "
        "where month = date '2026-10-01'",
    },
    "/analytics/metrics/kpis": {
        "kpis.#": "select count(distinct metric) from monitoring.kpis",
        "revenue.mrr.value": "select value from monitoring.kpis where metric = 'mrr' "
        "order by period_start desc limit 1",
    },
    "/analytics/metrics/summary": {
        "mrr.previous": "select value from monitoring.kpis where metric = 'mrr' "
        "order by period_start desc limit 1 offset 1",
    },
    "/analytics/metrics/alerts": {
        "critical.#": "select count(*) from monitoring.alerts "
        "where status = 'open' and severity = 'critical'",
        "info.#": "select count(*) from monitoring.alerts where status = 'recovered'",
    },
    "/definitions": {"metrics.#": "select count(*) from monitoring.kpi_definitions"},
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API on a build of a company without any data."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for found in serve(tmp_path_factory.mktemp("empty"), monkeypatch):
            found.folder.publish("0001", filled=False)
            yield found


def at(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = len(body) if part == "#" else body[int(part) if part.isdigit() else part]
    return body


def documented(served: Served) -> list[str]:
    document = served.client.get("/api/openapi.json").json()
    return [
        path.removeprefix("/v1")
        for path, methods in document["paths"].items()
        if "get" in methods and "json" in str(methods["get"]["responses"]["200"])
    ]


def filled_in(path: str) -> str:
    return (
        path.replace("{customer_id}", "cus_3")
        .replace("service/{name}", "service/assistant")
        .replace("{metric}", "mrr")
    )


@pytest.mark.parametrize("path", [*SAME, *NOW])
def test_an_address_says_what_sql_on_the_published_file_says(served: Served, path: str) -> None:
    body = served.body(path, **(OCTOBER if path in SAME else {}))
    for name, statement in {**SAME, **NOW}[path].items():
        rows = served.sql(statement)
        expected = rows[0][0] if rows else None
        found = at(body, name)
        assert found is not None, name
        assert Decimal(str(found)) == expected, name
    if path in SAME:
        assert body["period"] == OCTOBER


def test_every_answer_names_its_build_and_explains_its_nulls(served: Served, empty: Served) -> None:
    paths = documented(served)
    assert len(paths) > 30
    for one in (served, empty):
        document = one.client.get("/api/openapi.json").json()
        for path in paths:
            if one is empty and "{" in path and "{metric}" not in path:
                continue
            if ("{name}" in path and "service/{name}" not in path) or path.startswith("/services"):
                continue
            asked = OCTOBER if path == "/kpis/export" else {}
            body = one.body(filled_in(path), **asked)
            assert body["build"] == "0001", path
            assert body["as_of"] == "2026-11-15T12:00:00Z", path
            assert {"currency", "timezone", "is_provisional"} <= set(body), path
            schema = document["paths"][f"/v1{path}"]["get"]["responses"]["200"]["content"][
                "application/json"
            ]["schema"]
            jsonschema.validate(body, {**schema, "components": document["components"]})
            if "reasons" in body:
                nulls = set(null_paths({k: v for k, v in body.items() if k != "period"}))
                assert nulls <= set(body["reasons"]), path
                assert all(body["reasons"].values())


def null_paths(value: Any, path: str = "") -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from null_paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from null_paths(inner, f"{path}[]")


def test_an_empty_company_has_unknown_numbers_not_zeros(empty: Served) -> None:
    body = empty.body("/dashboard")
    assert (body["revenue"], body["cost"], body["net_profit"], body["margin"]) == (None,) * 4
    assert empty.body("/customers")["customers"] == []
    assert empty.get("/customers/cus_1").status_code == 404
    assert empty.body("/analytics/revenue/mrr")["current"] is None


def test_money_is_a_string_with_all_its_decimals(served: Served) -> None:
    body = served.body("/timeseries", grain="month", period="last_month")
    cost = body["timeseries"][0]["cost"]
    assert isinstance(cost, str)
    assert len(cost.split(".")[1]) == 9


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        ("today", "2026-11-15", "2026-11-15"),
        ("7d", "2026-11-08", "2026-11-14"),
        ("30d", "2026-10-16", "2026-11-14"),
        ("this_week", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-15"),
        ("month", "2026-11-01", "2026-11-15"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("this_quarter", "2026-10-01", "2026-11-15"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-11-15"),
        ("12m", "2025-11-01", "2026-11-15"),
    ],
)
def test_a_word_is_days_up_to_the_clock(served: Served, word: str, start: str, end: str) -> None:
    body = served.body("/features", period=word)
    assert body["period"] == {"start": start, "end": end}
    assert served.body("/features", range=word)["period"] == body["period"]
    assert body["is_provisional"] or not end.endswith("11-15")


@pytest.mark.parametrize("sort", ["-mrr", "mrr", "-revenue", "name", "-id", "-net_profit"])
def test_pages_hold_every_customer_once(served: Served, sort: str) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = served.body("/customers", sort=sort, limit=7, **cursor)
        seen += [row["customer_id"] for row in body["customers"]]
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}
    assert len(seen) == len(set(seen)) == 40


def test_a_list_goes_on_on_its_build_and_ends_when_that_is_gone(own: Served) -> None:
    own.folder.publish("0001")
    first = own.body("/customers", limit=5)
    own.folder.publish("0002", "delete from core.dim_customers")
    following = own.body("/customers", limit=5, cursor=first["next_cursor"])
    assert following["build"] == "0001"
    assert len(following["customers"]) == 5
    assert own.body("/customers")["build"] == "0002"
    (own.folder.path / "build_0001.duckdb").unlink()
    gone = own.get("/customers", limit=5, cursor=first["next_cursor"])
    assert gone.status_code == 410
    assert "cursor" in gone.json()["parameter"]


def test_amounts_of_dollars_are_shown_in_the_report_currency(own: Served) -> None:
    own.folder.publish("0001")
    dollars = own.body("/llm/costs", **OCTOBER)["total"]
    own.folder.publish("0002", "update monitoring.build set report_currency = 'eur'")
    body = own.body("/llm/costs", **OCTOBER)
    assert body["currency"] == "eur"
    assert Decimal(body["total"]) == round(Decimal(dollars) * Decimal("0.8"), 9)
    own.folder.publish("0003", "update monitoring.build set report_currency = 'xyz'")
    assert own.body("/llm/costs", **OCTOBER)["total"] is None


def test_marts_that_other_builds_have_are_shown_where_they_are(own: Served, tmp_path: Path) -> None:
    own.folder.publish(
        "0001",
        "create or replace table finance.forecast_by_month as select 'mrr' as metric, "
        "date '2026-12-01' as month, 2 as months_ahead, 0::decimal(38, 9) as known_change, "
        "20 as history_months, null::varchar as reason, null::varchar as missing_costs, "
        "5.5::decimal(38, 9) as value, 5::decimal(38, 9) as lower_80, "
        "6::decimal(38, 9) as upper_80, 4::decimal(38, 9) as lower_95, "
        "7::decimal(38, 9) as upper_95, 'mix' as method, 0.8::decimal(38, 9) as coverage_80, "
        "0.9::decimal(38, 9) as coverage_95, 14::bigint as coverage_n",
        "create or replace table finance.forecast_movements_by_month as select "
        "date '2026-12-01' as month, 2 as months_ahead, 5::decimal(38, 9) as opening_mrr, "
        "2::decimal(38, 9) as new_mrr, 0::decimal(38, 9) as expansion_mrr, "
        "0::decimal(38, 9) as contraction_mrr, (-1.5)::decimal(38, 9) as churn_mrr, "
        "0::decimal(38, 9) as reactivation_mrr, 0::decimal(38, 9) as pause_mrr, "
        "0::decimal(38, 9) as resume_mrr, 0::decimal(38, 9) as scheduled_change, "
        "0.5::decimal(38, 9) as net_new_mrr, 5.5::decimal(38, 9) as closing_mrr",
        "create or replace table finance.customers as select customer_id, 'paying' as status, "
        "'good' as health from core.dim_customers",
    )
    body = own.body("/analytics/revenue/forecast")
    assert [(month["month"], month["value"]) for month in body["forecast"]] == [
        ("2026-12-01", "5.500000000")
    ]
    assert [(month["churn_mrr"], month["closing_mrr"]) for month in body["movements"]] == [
        ("-1.500000000", "5.500000000")
    ]
    assert own.body("/analytics/revenue/forecast", metric="llm_cost")["movements"] is None
    lifetimes = own.body("/analytics/users/ltv")["lifetimes"]
    assert {row["segment_id"] for row in lifetimes} == {"all", "prod_a"}
    customer = own.body("/customers/cus_3")
    assert (customer["status"], customer["health"]) == ("paying", "good")


def test_a_scenario_is_played_on_the_build(own: Served, tmp_path: Path) -> None:
    own.folder.publish("0001")
    names = {row["name"]: row for row in own.body("/scenarios")["scenarios"]}
    assert names["as_billed"]["problem"] is None
    body = own.body("/scenarios/as_billed")
    assert (body["currency"], body["month"]) == ("usd", "2026-10-01")
    assert body["customers"]
    for line in [body["total"], *body["features"], *body["plans"], *body["customers"]]:
        assert line["scenario_margin_usd"] == line["margin_usd"]
    assert own.get("/scenarios/no_such_name").status_code == 404
    (tmp_path / "odd.yml").write_text("changes: [{cache: {hit_rate: 7}}]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCENARIOS_DIR", str(tmp_path))
        assert "hit_rate" in own.body("/scenarios")["scenarios"][0]["problem"]
        refused = own.get("/scenarios/odd")
    assert (refused.status_code, refused.json()["parameter"]) == (400, "name")
    assert "odd.yml, change 1 (cache): hit_rate is '7'" in refused.json()["detail"]


@pytest.fixture(autouse=True)
def _no_answer_is_shared(served: Served) -> None:
    served.client.headers.pop("if-none-match", None)
