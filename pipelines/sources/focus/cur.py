"""AWS's own format of costs, Cost and Usage Report (CUR 2.0, and the older CUR), told as FOCUS.

A row's `line_item_unblended_cost` is its cost: the sum of all rows of a billing period is the
invoice, savings plans with what they negate, credits, refunds, discounts and tax among them.
Columns: AWS's data dictionary of `COST_AND_USAGE_REPORT`. CUR 2.0 keeps what is of one service in
maps, which are JSON in CSV files; the older report has a column for each.

What is Bedrock's is read from service and usage type as in FOCUS files. Where the export says who
called (`line_item_iam_principal`), that is the key of the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: A file with all of these is a CUR, whatever else is in it.
REQUIRED: Final = (
    "line_item_unblended_cost",
    "line_item_currency_code",
    "line_item_usage_start_date",
    "line_item_line_item_type",
    "bill_billing_period_start_date",
)

#: FOCUS's column -> the columns of a CUR that fill it, the first that has a value wins. A column
#: with a dot is an entry of a map.
_TEXTS: Final = {
    "BilledCost": ("line_item_unblended_cost",),
    "BillingCurrency": ("line_item_currency_code",),
    "BillingPeriodStart": ("bill_billing_period_start_date",),
    "BillingAccountId": ("bill_payer_account_id",),
    "BillingAccountName": ("bill_payer_account_name",),
    "SubAccountId": ("line_item_usage_account_id",),
    "SubAccountName": ("line_item_usage_account_name",),
    "InvoiceId": ("bill_invoice_id",),
    "InvoiceIssuerName": ("bill_invoicing_entity", "bill_billing_entity"),
    "PublisherName": ("line_item_legal_entity",),
    "RegionId": ("product_region_code", "product_region"),
    "ServiceName": (
        "product.product_name",
        "product_product_name",
        "product_servicename",
        "product_servicecode",
        "line_item_product_code",
    ),
    "ChargeDescription": ("line_item_line_item_description",),
    "SkuId": ("product_sku",),
    "ListCost": ("pricing_public_on_demand_cost",),
    "ConsumedQuantity": ("line_item_usage_amount",),
    "ConsumedUnit": ("pricing_unit",),
    "x_UsageType": ("line_item_usage_type",),
    "x_ApiKeyId": ("line_item_iam_principal",),
}

#: `line_item_line_item_type` -> FOCUS's category; all others are adjustments.
_CATEGORIES: Final = {
    "Usage": "Usage",
    "DiscountedUsage": "Usage",
    "SavingsPlanCoveredUsage": "Usage",
    "Fee": "Purchase",
    "RIFee": "Purchase",
    "SavingsPlanRecurringFee": "Purchase",
    "SavingsPlanUpfrontFee": "Purchase",
    "Tax": "Tax",
    "Credit": "Credit",
    "Refund": "Credit",
}

#: Line type -> column of what the usage costs once commitments are spread over it.
_EFFECTIVE: Final = {
    "DiscountedUsage": "reservation_effective_cost",
    "SavingsPlanCoveredUsage": "savings_plan_savings_plan_effective_cost",
}
#: Lines whose cost is spread over what they cover.
_SPREAD: Final = ("SavingsPlanNegation", "SavingsPlanUpfrontFee")


def tidy(name: str) -> str:
    """A column's name without case and underscores; the older CSV writes `lineItem/UsageType`."""
    return name.strip().lower().replace("_", "").replace("/", "").lstrip("\ufeff")


def is_cur(columns: Mapping[str, Any]) -> bool:
    """Whether a file with these columns (tidy name -> anything) is a CUR."""
    return all(tidy(name) in columns for name in REQUIRED)


def as_focus(columns: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """FOCUS's columns as SQL over a CUR's. `columns`: tidy name -> quoted name and SQL type."""
    line_type = _text(columns, "line_item_line_item_type")
    cost = _text(columns, "line_item_unblended_cost")
    # a line of a day or a month is of the day on which it starts
    told = {
        name: f"coalesce({', '.join(found)})"
        for name, sources in _TEXTS.items()
        if (found := [text for one in sources if (text := _text(columns, one))])
    }
    kinds = " ".join(f"when '{kind}' then '{word}'" for kind, word in _CATEGORIES.items())
    effective = " ".join(
        f"when '{kind}' then coalesce({text}, {cost})"
        for kind, column in _EFFECTIVE.items()
        if (text := _text(columns, column))
    ) + "".join(f" when '{kind}' then '0'" for kind in _SPREAD)
    return {
        **told,
        "ProviderName": "'AWS'",
        "ChargePeriodStart": _text(columns, "line_item_usage_start_date") or "null",
        "ChargeCategory": f"case {line_type} {kinds} else 'Adjustment' end",
        "EffectiveCost": f"case {line_type} {effective} else {cost} end",
    }


def _text(columns: Mapping[str, tuple[str, str]], name: str) -> str | None:
    """SQL of a column, or of a map's entry, as text without blanks around; None where none is."""
    outer, _, entry = name.partition(".")
    found = columns.get(tidy(outer))
    if found is None:
        return None
    quoted, sql_type = found
    if not entry:
        value = quoted
    elif sql_type.upper().startswith("MAP"):
        value = f"{quoted}['{entry}']"
    elif sql_type.upper() in ("VARCHAR", "JSON"):
        value = (
            f"case when json_valid({quoted}) then json_extract_string({quoted}, '$.{entry}') end"
        )
    else:
        return None
    return f"nullif(trim(cast({value} as varchar)), '')"
