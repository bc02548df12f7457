"""Raw tables of the Datadog source.

Field reference: `datadog_api_client` 2.62 (`CostByOrgResponse`, `HourlyUsageResponse`,
`TimeseriesFormulaQueryResponse`).
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.bill_days import day_table
from pipelines.loading.tables import ObjectTable

#: What Datadog bills for a UTC day: the growth of an estimate, or the day's part of a final month.
COST_DAYS: Final = day_table(
    "cost_days",
    "cost_rows",
    {
        "org_id": "text",
        "org_name": "text",
        "account_id": "text",
        "region": "text",
        "product_name": "text",
        "charge_type": "text",
        "amount": "amount",
        "currency": "text",
    },
    report="text",
    control_amount="amount",
    control_currency="text",
)

#: Usage of a UTC day by hour.
USAGE_DAYS: Final = day_table(
    "usage_days",
    "usage_rows",
    {
        "hour": "bigint",
        "org_id": "text",
        "region": "text",
        "product_family": "text",
        "usage_type": "text",
        "value": "decimal",
    },
)

#: How services did on a UTC day, as the queries say that settings give.
METRIC_DAYS: Final = day_table(
    "metric_days",
    "metric_rows",
    {
        "service": "text",
        "calls": "decimal",
        "errors": "decimal",
        "mean_latency_ms": "decimal",
        "p95_latency_ms": "decimal",
        "uptime": "decimal",
    },
)

ALL_TABLES: Final[tuple[ObjectTable, ...]] = (COST_DAYS, USAGE_DAYS, METRIC_DAYS)
