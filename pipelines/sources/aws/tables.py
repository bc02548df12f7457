"""Raw tables of the AWS source.

Field reference: botocore's models of Cost Explorer (`GetCostAndUsage`) and CloudWatch
(`GetMetricData`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipelines.loading.bill_days import MOST, day_table, exact
from pipelines.loading.llm_lines import read_llm_line
from pipelines.loading.tables import JsonObject, LiftError, ObjectTable

QUANTITY: Final = "UsageQuantity"

#: What AWS bills for a UTC day. `is_final` is false while AWS calls the day estimated.
COST_DAYS: Final = day_table(
    "cost_days",
    "cost_rows",
    {
        "service": "text",
        "usage_type": "text",
        "amount": "amount",
        "currency": "text",
        "quantity": "decimal",
        "unit": "text",
        "llm_model": "text",
        "llm_token_kind": "text",
    },
    metric="text",
    control_amount="amount",
    control_currency="text",
)

#: How models at Bedrock did on a UTC day.
METRIC_DAYS: Final = day_table(
    "metric_days",
    "metric_rows",
    {
        "region": "text",
        "model_id": "text",
        "invocations": "bigint",
        "client_errors": "bigint",
        "server_errors": "bigint",
        "throttles": "bigint",
        "mean_latency_ms": "decimal",
        "p95_latency_ms": "decimal",
        "input_tokens": "bigint",
        "output_tokens": "bigint",
        "cache_read_tokens": "bigint",
        "cache_write_tokens": "bigint",
    },
)

ALL_TABLES: Final[tuple[ObjectTable, ...]] = (COST_DAYS, METRIC_DAYS)


def cost_row(group: Any, metric: str) -> JsonObject:
    """A group of `GetCostAndUsage` by service and usage type. Raises LiftError for a wrong one."""
    keys = group.get("Keys") if isinstance(group, Mapping) else None
    if not isinstance(keys, list) or len(keys) != 2 or not all(isinstance(k, str) for k in keys):
        raise LiftError("Keys", keys, "service and usage type")
    service, usage_type = keys
    measures = group.get("Metrics")
    amount, currency = money(measures, metric)
    quantity = measures.get(QUANTITY) if isinstance(measures, Mapping) else None
    row: dict[str, Any] = {
        "service": service or None,
        "usage_type": usage_type or None,
        "amount": amount,
        "currency": currency,
    }
    # AWS writes N/A for the unit of what is counted in several
    if isinstance(quantity, Mapping) and quantity.get("Unit") not in (None, "", "N/A"):
        row["quantity"] = exact(QUANTITY, quantity.get("Amount"), MOST)
        row["unit"] = quantity["Unit"]
    if line := read_llm_line(service, usage_type):
        row["llm_model"] = line.model
        row["llm_token_kind"] = line.token_kind or "other"
    return row


def money(measures: Any, metric: str) -> tuple[Any, str]:
    """Amount and currency of a metric. Raises LiftError where one is missing or malformed."""
    measure = measures.get(metric) if isinstance(measures, Mapping) else None
    if not isinstance(measure, Mapping):
        raise LiftError(metric, measure, "amount with a unit")
    currency = measure.get("Unit")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isalpha():
        raise LiftError(f"{metric}.Unit", currency, "currency of three letters")
    return exact(f"{metric}.Amount", measure.get("Amount")), currency
