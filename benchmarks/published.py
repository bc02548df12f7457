"""Published builds made in seconds: the tables that the models' contracts promise, filled.

Tests read small ones, the benchmark of the dashboard one of ten thousand customers.

Tables and their columns come from the enforced contracts in `models/`, so that a page is tested
against what dbt builds. The rows are made up: plausible, known, and not tied to each other.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmarks.measure import ROOT
from pipelines.files import literal

AS_OF = datetime(2026, 11, 15, 12)
#: Customers of a small build.
FEW = 40

#: Names that a page must show as they are: markup, links, formulas, template and math syntax.
HOSTILE_NAMES = (
    '<img src="http://evil.test/a.png" onerror="window.pwned=1">',
    '<a href="http://evil.test/b">click</a>',
    "[link](http://evil.test/c) ![i](http://evil.test/d.png) www.evil.test",
    '=HYPERLINK("http://evil.test/e","x")',
    "$x^2$ :red[x] :material/home: **bold** %{x} <script>window.pwned=1</script>",
)

_BUILD = """
create table monitoring.build (
    build_id varchar, built_at timestamp, as_of timestamp, report_currency varchar,
    report_timezone varchar
);
"""

_DAYS = (
    "(select cast(day as date) as {0} from generate_series("
    "timestamp '2025-08-01', timestamp '2026-11-15', interval 1 day) as d (day)) as days"
)
_MONTHS = (
    "(select cast(day as date) as month from generate_series("
    "timestamp '2025-06-01', timestamp '2026-11-01', interval 1 month) as d (day)) as months"
)


def _things(column: str, *names: str) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"(select unnest([{listed}]) as {column}) as {column}s"


def _numbered(column: str, prefix: str, count: int) -> str:
    return f"(select '{prefix}' || i as {column}, i as number from range({count}) as r (i)) as n"


_CUSTOMERS = _numbered("customer_id", "cus_", FEW)
_PLANS = (
    "(select unnest(['prod_a', 'prod_b', 'prod_c']) as product_id, "
    "unnest(['Starter', 'Pro', 'Team']) as product_name) as plans"
)
_FEATURES = _things("feature_id", "chat", "search", "__unattributed__")
_MODELS = _numbered("model_id", "model ", 8)
_ENDPOINTS = _numbered("endpoint", "/v1/e", 8)
_METRICS = _things("metric", "mrr", "recognised_revenue", "llm_cost", "gross_margin")
_MONTHS_AHEAD = (
    "(select cast(day as date) as month, row_number() over (order by day) as months_ahead "
    "from generate_series(timestamp '2026-11-01', timestamp '2027-06-01', interval 1 month) "
    "as d (day)) as months"
)
_COHORTS = (
    "(select cast(day as date) as cohort_month, since as months_since, "
    "cast(day + to_months(since) as date) as month "
    "from generate_series(timestamp '2025-06-01', timestamp '2026-11-01', interval 1 month) "
    "as d (day) cross join range(18) as s (since) "
    "where day + to_months(since) <= timestamp '2026-11-01') as cohorts"
)

#: Table -> what its rows are made of, and expressions of columns that need more than a number.
_FILLED: dict[str, tuple[str, dict[str, str]]] = {
    "core.dim_days": (_DAYS.format("date_day"), {}),
    "core.dim_customers": (
        _CUSTOMERS,
        {
            "customer_name": "'Customer ' || number",
            "billing_provider": "'stripe'",
            "native_id": "customer_id",
            "email_domain": "case when number < 3 then 'acme.test' else 'gmail.com' end",
            "currency": "case when number % 4 = 0 then 'eur' else 'usd' end",
            "created_at": "timestamp '2025-06-02'",
            "acquisition_channel": "'search_ads'",
        },
    ),
    "core.dim_features": (
        _FEATURES,
        {
            "feature_name": "upper(feature_id)",
            "is_placeholder": "starts_with(feature_id, '__')",
        },
    ),
    "core.dim_plans": (_PLANS, {"price_id": "'price_' || product_id"}),
    "core.dim_exchange_rates": (
        _things("currency", "usd", "eur"),
        {
            "valid_from": "date '2026-11-01'",
            "valid_to": "null",
            "usd_per_unit": "case currency when 'eur' then 1.25 else 1 end",
            "usd_per_report_unit": "1",
            "report_currency": "'usd'",
        },
    ),
    "core.dim_annotations": (
        _things("label", "Price change"),
        {"date": "date '2026-03-01'", "description": "'New price list'"},
    ),
    "core.dim_provider_names": (
        _things("named_id", "proj_0", "proj_1", "key_0"),
        {
            "provider": "'openai'",
            "name_kind": "if(starts_with(named_id, 'proj_'), 'project', 'api_key')",
            "given_name": "'Named ' || named_id",
            "project_id": "'proj_0'",
        },
    ),
    "monitoring.exceptions": (
        _things("subject_id", "in_1", "in_2"),
        {
            "exception_id": "subject_id",
            "area": "'billing'",
            "subject_type": "'invoice'",
            "reason": "'no_exchange_rate'",
            "currency": "'eur'",
        },
    ),
    "monitoring.quarantined_rows_by_field": (
        _things("field", "amount", "event_time"),
        {"source": "'app_events'", "source_table": "'events'"},
    ),
    "core.fct_provider_costs": (
        f"{_DAYS.format('cost_date')} cross join {_MODELS}",
        {
            "provider": "'openai'",
            "project_id": "'proj_' || number % 3",
            "api_key_id": "'key_' || number % 3",
            "line_item": "model_id",
            "source_account": "'openai'",
            "cost_kind": "'llm'",
            "basis": "'billed'",
            "is_final": "cost_date < date '2026-11-11'",
            "billed_usd": "(number + 1) * 1.111111111 + dayofyear(cost_date) % 7",
            "first_billed_usd": "(number + 1) * 1.111111111 + dayofyear(cost_date) % 7"
            " - case when cost_date >= date '2026-11-10' then 0.5 else 0 end",
            "is_provisional": "cost_date = date '2026-11-15'",
        },
    ),
    "monitoring.bill_controls_by_day": (
        _DAYS.format("date"),
        {
            "provider": "'openai'",
            "source_account": "'openai'",
            "billed_usd": "10",
            "unreadable_lines": "0",
            "billed_for_tokens_usd": "9",
            "reported_list_usd": "9",
            "is_final": "true",
            "is_provisional": "date = date '2026-11-15'",
        },
    ),
    "core.fct_invoice_lines": (
        _numbered("invoice_line_id", "il_", 540),
        {
            "invoice_id": "'in_' || number",
            "customer_id": "'cus_' || number % 40",
            "currency": "'usd'",
            "net_amount": "49.99 + number % 30",
            "invoice_status": "'paid'",
            "invoice_finalized_at": "timestamp '2026-07-01 08:00'"
            " + to_hours(cast(number * 6 as int))",
        },
    ),
    "core.fct_mrr_movements": (
        f"{_CUSTOMERS} cross join {_things('movement_type', 'new', 'expansion', 'churn')}",
        {
            "movement_date": "date '2026-10-01' + cast(number % 40 as int)",
            "mrr_change": "case movement_type when 'churn' then -29 else 29 + number end",
            "reason": "'plan_or_quantity'",
            "currency": "'usd'",
        },
    ),
    "core.fct_mrr_movements_by_plan": (
        f"{_CUSTOMERS} cross join {_PLANS} cross join "
        f"{_things('movement_type', 'new', 'expansion', 'churn', 'moved_out')}",
        {
            "movement_date": "date '2026-10-01' + cast(number % 40 as int)",
            "mrr_change": "(ascii(right(product_id, 1)) - 90)"
            " * case when movement_type in ('churn', 'moved_out') then -2.005 else 3 + number end",
            "reason": "'plan_or_quantity'",
            "currency": "'usd'",
        },
    ),
    "finance.mrr_by_day": (
        _DAYS.format("date"),
        {
            "opening_mrr": "1000.005 + 1.005 * (date - date '2025-08-01')",
            "mrr": "1001.01 + 1.005 * (date - date '2025-08-01')",
            "new_mrr": "2.005",
            "churn_mrr": "-1",
            **{
                f"{name}_mrr": "0"
                for name in ("expansion", "contraction", "reactivation", "pause", "resume", "fx")
            },
        },
    ),
    "finance.mrr_movements_by_month": (_MONTHS, {}),
    "finance.mrr_by_plan_month": (
        f"{_MONTHS} cross join {_PLANS}",
        {
            **{
                name: f"{size} * (ascii(right(product_id, 1)) - 90) + month(month)"
                for name, size in {"opening_mrr": 100, "mrr": 110, "arr": 1320}.items()
            },
            "net_new_mrr": "10 * (ascii(right(product_id, 1)) - 90)",
            "fx_mrr": "0",
            "customers": "ascii(right(product_id, 1)) - 90",
        },
    ),
    "finance.mrr_movements_by_plan_month": (
        f"{_MONTHS} cross join {_PLANS}",
        {
            "opening_mrr": "100 * (ascii(right(product_id, 1)) - 90) + month(month)",
            "new_mrr": "12.005",
            "moved_out_mrr": "-2.005",
            "net_new_mrr": "10 * (ascii(right(product_id, 1)) - 90)",
            "closing_mrr": "110 * (ascii(right(product_id, 1)) - 90) + month(month)",
            **{
                f"{name}_mrr": "0"
                for name in (
                    "expansion",
                    "contraction",
                    "churn",
                    "reactivation",
                    "pause",
                    "resume",
                    "moved_in",
                    "fx",
                )
            },
        },
    ),
    "core.fct_customer_plans_by_month": (
        f"{_MONTHS} cross join {_CUSTOMERS}",
        {"product_id": "'prod_' || substr('abc', cast(number % 3 + 1 as int), 1)"},
    ),
    "core.dim_alert_rules": (
        _things("alert_id", "churn_high", "margin_low"),
        {
            "metric": "'mrr'",
            "dimension": "'all'",
            "warning": "0.05",
            "critical": "0.1",
            "direction": "'up'",
            "description": "'Customers left in the month'",
        },
    ),
    "finance.customers": (
        _CUSTOMERS,
        {
            "customer_name": "'Customer ' || number",
            "plan": "'Plan ' || upper(substr('abc', cast(number % 3 + 1 as int), 1))",
            "product_id": "'prod_' || substr('abc', cast(number % 3 + 1 as int), 1)",
            "status": "if(number % 5 = 0, 'churned', 'paying')",
            "health": "if(number % 7 = 0, 'at_risk', 'good')",
            "mrr": "100 + number",
            "billing_provider": "'stripe'",
            "first_paid_date": "date '2025-06-02'",
            "last_seen_at": "timestamp '2026-11-14 08:00'",
        },
    ),
    "product.customer_health": (
        _CUSTOMERS,
        {
            "health": "if(number % 7 = 0, 'at_risk', 'good')",
            "score": "80",
            "reasons": "if(number % 7 = 0, 'a payment is past due', null)",
        },
    ),
    "product.usage_by_customer_endpoint_day": (
        f"{_DAYS.format('date')} cross join {_CUSTOMERS}",
        {"endpoint": "'/v1/e1'", "calls": "3", "errors": "1", "timed_calls": "3"},
    ),
    "finance.mrr_by_preset_customer_month": (
        f"{_MONTHS} cross join {_CUSTOMERS}",
        {
            "mrr": "100",
            "stripe_compat_mrr": "90 + 15.005",
            "difference": "5.005",
            "discount_difference": "15.005",
            "cancel_requested_difference": "-10",
            "first_payment_difference": "0",
            "currency": "'usd'",
        },
    ),
    "monitoring.native_mrr_reconciliation": (
        _numbered("subscription_id", "sub_", 4),
        {
            "billing_provider": "'chargebee'",
            "native_currency": "if(number = 0, 'eur', 'usd')",
            "native_mrr": "10",
            "mrr": "9",
            "difference": "-1",
            "reason": "'discount'",
        },
    ),
    "finance.mrr_by_customer_month": (
        f"{_MONTHS} cross join {_CUSTOMERS}",
        {"cohort_month": "date '2025-06-01'"},
    ),
    "finance.retention_by_cohort_month": (
        _COHORTS,
        {
            **{f"{kind}_retention": "1 - months_since / 40.0" for kind in ("logo", "gross", "net")},
            "customers": "40",
            "retained_customers": "40 - months_since",
        },
    ),
    "finance.actuals_by_month": (
        f"{_MONTHS} cross join {_METRICS}",
        {"is_provisional": "month = date '2026-11-01'", "missing_costs": "null"},
    ),
    "finance.forecast_by_month": (
        f"{_MONTHS_AHEAD} cross join {_METRICS}",
        {
            "lower_80": "900",
            "value": "1000",
            "upper_80": "1100",
            "coverage_80": "0.75",
            "coverage_n": "12",
            "reason": "null",
            "missing_costs": "null",
        },
    ),
    "finance.forecast_movements_by_month": (_MONTHS_AHEAD, {}),
    "finance.goals_by_month": (
        "(select 'mrr' as metric, date '2027-01-01' as month) as goals",
        {"reason": "null"},
    ),
    "finance.ltv_by_segment": (
        "(select unnest(['all', 'plan', 'channel']) as segment_kind, "
        "unnest(['all', 'prod_a', 'organic']) as segment) as segments",
        {},
    ),
    "finance.ltv_models_by_segment": (
        "(select unnest(['all', 'plan']) as segment_kind, unnest(['all', 'prod_a']) as segment) "
        "as segments",
        {"reason": "null"},
    ),
    "finance.revenue_by_month": (_MONTHS, {}),
    "finance.billing_health_by_month": (_MONTHS, {}),
    "finance.committed_mrr_by_subscription": (
        _numbered("subscription_id", "sub_", 20),
        {"customer_id": "'cus_' || number"},
    ),
    "unit_economics.cost_by_model_day": (
        f"{_DAYS.format('date')} cross join {_MODELS}",
        {
            "provider": "'openai'",
            "cost_usd": "(number + 1) * 1.111111111 + dayofyear(date) % 7",
            "is_mapped": "true",
            "unpriced_event_calls": "0",
        },
    ),
    "unit_economics.cost_by_feature_day": (
        f"{_DAYS.format('date')} cross join {_FEATURES}",
        {"other_kinds_cost_usd": "0"},
    ),
    "unit_economics.profit_by_month": (_MONTHS, {}),
    "unit_economics.margin_by_feature_month": (f"{_MONTHS} cross join {_FEATURES}", {}),
    "unit_economics.budgets_by_month": (
        f"{_MONTHS} cross join {_things('budget_id', 'all', 'feature chat')}",
        {
            "provider": "null",
            "feature_id": "if(budget_id = 'all', null, 'chat')",
            "budget_usd": "100",
            "actual_usd": "90",
            "forecast_usd": "if(month = date '2026-11-01', 120, 90)",
            "forecast_used": "if(month = date '2026-11-01', 1.2, 0.9)",
            "overrun_usd": "if(month = date '2026-11-01', 20, 0)",
            "state": "if(month = date '2026-11-01', 'will_exceed', 'within')",
            "reason": "null",
        },
    ),
    "unit_economics.margin_by_customer_month": (
        f"{_MONTHS} cross join {_CUSTOMERS}",
        {"margin_usd": "number - 3", "revenue_usd": "number", "cost_usd": "3"},
    ),
    "unit_economics.margin_by_plan_month": (f"{_MONTHS} cross join {_PLANS}", {}),
    "product.usage_by_endpoint_day": (
        f"{_DAYS.format('date')} cross join {_ENDPOINTS}",
        {"calls": "500 + 100 * number + dayofyear(date) % 50", "errors": "number"},
    ),
    "product.usage_by_customer_day": (
        f"{_DAYS.format('date')} cross join {_CUSTOMERS}",
        {"top_endpoint": "'/v1/e1'"},
    ),
    "product.usage_by_customer_feature_day": (
        f"{_DAYS.format('date')} cross join {_FEATURES} cross join "
        f"{_numbered('customer_id', 'cus_', 3)}",
        {"feature_uses": "number + dayofyear(date) % 50", "llm_calls": "number"},
    ),
    "product.usage_by_service_period": (
        "(select cast(day as date) as period_start from generate_series("
        "timestamp '2025-08-04', timestamp '2026-11-09', interval 7 day) as d (day)) as weeks "
        f"cross join {_things('service', 'assistant', 'documents')}",
        {"period_grain": "'week'"},
    ),
    "product.usage_by_service_month": (
        f"{_MONTHS} cross join {_things('service', 'assistant', 'documents')}",
        {},
    ),
    "product.adoption_by_plan_month": (f"{_MONTHS} cross join {_PLANS}", {}),
    "product.active_users_by_month": (_MONTHS, {}),
    "product.service_adoption_by_plan_month": (
        f"{_MONTHS} cross join {_PLANS} cross join {_things('service', 'assistant', 'documents')}",
        {},
    ),
    "product.active_users_by_week": (
        "(select cast(day as date) as week_start from generate_series("
        "timestamp '2025-08-04', timestamp '2026-11-09', interval 7 day) as d (day)) as weeks",
        {"is_provisional": "week_start >= date '2026-11-09'"},
    ),
    "unit_economics.profit_by_day": (
        _DAYS.format("date"),
        {
            "revenue_usd": "100 + dayofyear(date) % 7",
            "net_profit_usd": "60",
            "missing_costs": "null",
        },
    ),
    "finance.trials_by_month": (f"{_MONTHS} cross join {_PLANS}", {"tier": "product_name"}),
    "finance.churned_customers": (
        _CUSTOMERS,
        {
            "customer_name": "'Customer ' || number",
            "churn_date": "date '2026-08-01' + cast(number * 3 as int)",
            "mrr_change": "-20 - number",
            "reason": "'ended'",
            "cancellation_reason": "'cancellation_requested'",
            "cancellation_feedback": "if(number % 2 = 0, 'too_expensive', null)",
            "cancellation_comment": "if(number % 8 = 0, 'Half would do', null)",
        },
    ),
    "product.allowance_by_customer_month": (
        f"{_MONTHS} cross join {_CUSTOMERS}",
        {"product_id": "'prod_a'", "recommendation": "'keep'", "reason": "'9 of 100 calls used'"},
    ),
    "product.llm_usage_by_model_day": (
        f"{_DAYS.format('date')} cross join {_MODELS}",
        {"provider": "'openai'"},
    ),
    "product.cache_by_day": (_DAYS.format("date"), {}),
    "product.acquisition_by_channel_month": (
        f"{_MONTHS} cross join {_things('acquisition_channel', 'organic', 'partner')}",
        {},
    ),
    "monitoring.mrr_evidence_by_month": (
        f"{_MONTHS} cross join {_things('evidence', 'event', 'invoice_line')}",
        {},
    ),
    "monitoring.mrr_reconciliation": (
        _things("check_name", "ledger_today"),
        {"subject_id": "'__all__'", "difference": "0"},
    ),
    "monitoring.cost_reconciliation_by_day": (
        f"{_DAYS.format('date')} cross join {_things('project_id', 'proj_0', 'proj_1')}",
        {
            "provider": "'openai'",
            "billed_usd": "10.5",
            "attributed_usd": "10",
            "unattributed_usd": "0.5",
            "restated_usd": "0",
            "estimated_cost_usd": "0",
            "unpriced_calls": "0",
        },
    ),
    "monitoring.kpis": (
        f"{_MONTHS} cross join {_things('metric', 'mrr', 'nrr')}",
        {"dimension": "'all'", "dimension_value": "'all'", "period_start": "month"},
    ),
    "monitoring.alerts": (
        "(select unnest(['churn_high', 'margin_low', 'stale_source']) as alert_id, "
        "unnest(['open', 'open', 'recovered']) as status, "
        "unnest(['critical', 'warning', 'warning']) as severity) as rules",
        {
            "metric": "'mrr'",
            "dimension": "'all'",
            "dimension_value": "'all'",
            "period_start": "date '2026-10-01'",
            "message": "'It is above 5 %'",
            "first_seen_at": "timestamp '2026-11-01'",
        },
    ),
    "monitoring.alert_checks": (
        _things("alert_id", "churn_high", "margin_low"),
        {"status": "'ok'", "dimension": "'all'", "dimension_value": "'all'"},
    ),
    "monitoring.insights": (
        _numbered("subject_id", "cus_", 3),
        {
            "insight_type": "'unprofitable_customer'",
            "subject_name": "'Customer ' || number",
            "subject_type": "'customer'",
            "period_start": "date '2026-10-01'",
            "message": "'Costs more than it earns'",
            "query": "'select * from core.dim_customers where customer_id = ''cus_0'''",
        },
    ),
    "monitoring.skipped_endpoints_by_source": (
        _things("endpoint", "/organization/admin_api_keys"),
        {"source": "'openai'", "reason": "'the key may not read it (403)'"},
    ),
}

_FRESHNESS = """
insert into monitoring.load_freshness_by_source by name
select * from (values
    ('app_events', 'App events', timestamp '2026-11-15 12:00', timestamp '2026-11-15 12:00', 0,
        date '2026-11-15', 200000, 'incremental', 0, 3, false, null),
    ('openai', 'OpenAI', timestamp '2026-11-12 12:00', timestamp '2026-11-12 12:00', 72,
        date '2026-11-11', 9000, 'incremental', 1, 0, true, null),
    ('stripe', 'Stripe', null, null, null, null, 0, null, 0, 0, true, 'SOURCES__STRIPE__API_KEY')
) as t (source, source_name, last_synced_at, last_loaded_at, hours_since_sync, newest_data_date,
    rows_loaded, last_mode, skipped_endpoints, quarantined_rows, is_stale, missing_setting)
"""

_NEVER_LOADED = """
insert into monitoring.load_freshness_by_source by name
select * from (values
    ('app_events', 'App events', 0, 0, 0, true, 'SOURCES__APP_EVENTS__BUCKET_URL'),
    ('openai', 'OpenAI', 0, 0, 0, true, 'SOURCES__OPENAI__ADMIN_KEY'),
    ('stripe', 'Stripe', 0, 0, 0, true, 'SOURCES__STRIPE__API_KEY')
) as t (source, source_name, rows_loaded, skipped_endpoints, quarantined_rows, is_stale,
    missing_setting)
"""

#: Columns that hold shares of one.
_SHARES = re.compile(
    r"rate|retention|share|growth|coverage|popularity|uptime|used|grr|nrr|to_revenue|^churn$|margin$"
)


@cache
def contracts() -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    """Published table -> its description and, by column, type and description."""
    found = {}
    for path in sorted((ROOT / "models").glob("**/*.yml")):
        place = path.relative_to(ROOT / "models").parts
        if place[0] not in ("core", "marts"):
            continue
        area = "core" if place[0] == "core" else place[1]
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models") or []:
            meta = model.get("config", {}).get("meta", {})
            if meta.get("publish", True):
                found[f"{area}.{model['name']}"] = (
                    model["description"],
                    {
                        column["name"]: (column["data_type"], column.get("description", ""))
                        for column in model["columns"]
                    },
                )
    return found


def _ddl() -> Iterator[str]:
    for area in ("core", "finance", "product", "unit_economics", "monitoring"):
        yield f"create schema if not exists {area}"
    for table, (description, columns) in contracts().items():
        listed = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        yield f"create table {table} ({listed})"
        yield f"comment on table {table} is {literal(description.strip())}"
    yield _BUILD


@cache
def _catalogue() -> str:
    """SQL that fills the catalogue of KPIs from the project's own records, as a build does."""
    path = ROOT / "models" / "marts" / "monitoring" / "kpis" / "_kpis__models.yml"
    rows = [
        ", ".join(
            (
                literal(kpi["name"]),
                literal(kpi["title"]),
                literal(kpi["meaning"]),
                literal(kpi["formula"]),
                literal(kpi["unit"]),
                literal(kpi.get("currency", "usd")) if kpi["unit"] == "money" else "null",
                literal(kpi.get("better", "none")),
                literal(kpi["mart"]),
                str(kpi.get("minimum_sample", 30)) if "sample" in kpi else "null",
                literal(kpi["over_days"]) if "over_days" in kpi else "null",
            )
        )
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["models"]
        for kpi in model.get("config", {}).get("meta", {}).get("kpis", [])
    ]
    return (
        "insert into monitoring.kpi_definitions by name "
        f"select * from (values ({'), ('.join(rows)})) as kpis "
        "(metric, title, meaning, formula, unit, currency, better, mart, minimum_sample, over_days)"
    )


def _rows(table: str) -> str:
    spine, given = _FILLED[table]
    listed = [
        f"{given.get(name) or _made_up(name, kind, spine)} as {name}"
        for name, (kind, _) in contracts()[table][1].items()
    ]
    return f"insert into {table} by name select {', '.join(listed)} from {spine}"


def _made_up(name: str, kind: str, spine: str) -> str:
    """An expression of the right type: a column of the spine, else something known."""
    if re.search(rf"\b{name}\b", spine):
        return name
    if name == "is_provisional":
        if " month" in spine:
            return "month = date '2026-11-01'"
        return "date >= date '2026-11-15'" if "as date " in spine else "false"
    if kind == "boolean":
        return "false"
    if kind.startswith("decimal"):
        return "0.25" if _SHARES.search(name) else "120.123456789"
    return {"bigint": "42", "integer": "42", "varchar": "'text'"}.get(kind, f"cast(null as {kind})")


@cache
def _made(customers: int) -> Path:
    """A build's file before anyone names it, made once in a process; without a row for nobody."""
    folder = Path(tempfile.mkdtemp(prefix="published_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        for statement in _ddl():
            connection.execute(statement)
        connection.execute(_FRESHNESS if customers else _NEVER_LOADED)
        connection.execute(_catalogue())
        for table in _FILLED if customers else ():
            connection.execute(_rows(table).replace(f"range({FEW})", f"range({customers})"))
    return file


@dataclass
class PublishedDir:
    """A folder of published builds, as `dbt build` leaves it: files and the link `current`."""

    path: Path
    customers: int = FEW

    def publish(self, build_id: str, *statements: str, filled: bool = True) -> Path:
        """Write a build and make it the current one; returns its file."""
        file = self.path / f"build_{build_id}.duckdb"
        shutil.copyfile(_made(self.customers if filled else 0), file)
        with duckdb.connect(str(file)) as connection:
            connection.execute(
                "insert into monitoring.build values (?, ?, ?, 'usd', 'UTC')",
                [build_id, datetime.now(UTC).replace(tzinfo=None), AS_OF],
            )
            for statement in statements:
                connection.execute(statement)
        self.point_to(file.name)
        return file

    def point_to(self, name: str) -> None:
        """Make `current.duckdb` stand for another file, in one rename."""
        link = self.path / "new_link"
        link.symlink_to(name)
        os.replace(link, self.path / "current.duckdb")  # noqa: PTH105


#: Columns that hold text of other people, wherever a page shows it.
_SOURCE_TEXT = {
    "core.dim_customers": ("customer_name", "email_domain", "acquisition_channel", "country"),
    "core.dim_features": ("feature_name",),
    "core.dim_annotations": ("label", "description"),
    "core.fct_provider_costs": ("project_id",),
    "core.dim_provider_names": ("given_name",),
    "monitoring.exceptions": ("subject_id",),
    "monitoring.quarantined_rows_by_field": ("field", "example_file"),
    "core.fct_mrr_movements": ("reason",),
    "core.fct_invoice_lines": ("invoice_id", "invoice_status"),
    "finance.mrr_by_plan_month": ("product_name",),
    "finance.mrr_movements_by_plan_month": ("product_name",),
    "core.fct_mrr_movements_by_plan": ("reason",),
    "finance.ltv_by_segment": ("segment",),
    "finance.ltv_models_by_segment": ("segment", "reason"),
    "finance.goals_by_month": ("metric", "reason", "note"),
    "finance.churned_customers": ("customer_name", "cancellation_reason", "cancellation_comment"),
    "finance.trials_by_month": ("product_name", "tier"),
    "unit_economics.budgets_by_month": ("feature_id", "provider", "reason"),
    "unit_economics.cost_by_model_day": ("model_id",),
    "product.usage_by_endpoint_day": ("endpoint",),
    "product.usage_by_service_month": ("service",),
    "product.usage_by_service_period": ("service",),
    "product.adoption_by_plan_month": ("product_name",),
    "product.service_adoption_by_plan_month": ("service",),
    "product.allowance_by_customer_month": ("reason",),
    "product.acquisition_by_channel_month": ("acquisition_channel",),
    "monitoring.cost_reconciliation_by_day": ("project_id",),
    "monitoring.mrr_evidence_by_month": ("evidence",),
    "monitoring.mrr_reconciliation": ("reason", "check_name"),
    "monitoring.alerts": ("message", "dimension_value"),
    "monitoring.insights": ("message", "subject_name"),
    "monitoring.skipped_endpoints_by_source": ("endpoint", "reason"),
}


def hostile_rows() -> str:
    """SQL that puts the hostile names wherever source text reaches a page."""
    names = ", ".join(literal(name) for name in HOSTILE_NAMES)
    chosen = f"list_extract([{names}], 1 + cast(rowid % {len(HOSTILE_NAMES)} as int))"
    return ";\n".join(
        f"update {table} set {', '.join(f'{column} = {chosen}' for column in columns)}"
        for table, columns in _SOURCE_TEXT.items()
    )


def answer(file: Path, sql: str) -> Any:
    """First value of a query on a copy-free, independent read of a build."""
    from pipelines.published.reader import (
        LOCKED_DOWN,  # one process: one configuration per file
    )

    with duckdb.connect(str(file), read_only=True, config=dict(LOCKED_DOWN)) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None
