"""Raw tables of FOCUS files, and which columns of a file fill them.

Column names are those of the FOCUS specification 1.0 to 1.4 (https://focus.finops.org), told apart
without regard to case and underscores; `x_` columns are the vendors' own.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

#: Money of one charge, in the billing currency. Sums of a day are kept as exactly.
AMOUNT: Final = pa.decimal128(38, 18)

#: Raw column -> columns of a file that may fill it, the first that has a value wins.
TEXT_COLUMNS: Final = {
    # our own export says it in our words; 1.2 and before name it one way, 1.4 another
    "provider_name": (
        "x_Provider",
        "ProviderName",
        "ServiceProviderName",
        "HostProviderName",
        "InvoiceIssuerName",
        "PublisherName",
    ),
    "publisher_name": ("PublisherName", "ServiceProviderName"),
    "invoice_issuer_name": ("InvoiceIssuerName",),
    "billing_account_id": ("BillingAccountId",),
    "billing_account_name": ("BillingAccountName",),
    "sub_account_id": ("SubAccountId",),
    "sub_account_name": ("SubAccountName",),
    "api_key_id": ("x_ApiKeyId",),
    "invoice_id": ("InvoiceId",),
    "region": ("RegionId", "RegionName", "Region"),
    "service_category": ("ServiceCategory",),
    "service_name": ("ServiceName",),
    "charge_category": ("ChargeCategory",),
    "charge_class": ("ChargeClass",),
    # what of the service is billed: AWS's usage type, Azure's meter, Google's SKU
    "usage_type": (
        "x_UsageType",
        "SkuMeter",
        "x_SkuMeterName",
        "x_SkuDescription",
        "ChargeDescription",
        "SkuId",
    ),
    "charge_description": ("ChargeDescription",),
    "sku_id": ("SkuId",),
    "unit": ("ConsumedUnit", "PricingUnit"),
    "billing_currency": ("BillingCurrency",),
    # what our own export says of a line
    "stated_cost_kind": ("x_CostKind",),
    "stated_basis": ("x_Basis",),
    "stated_line_item": ("x_LineItem",),
}

#: Raw column -> the column of a file that holds the number.
NUMBER_COLUMNS: Final = {
    "billed_cost": "BilledCost",
    "effective_cost": "EffectiveCost",
    "list_cost": "ListCost",
    "contracted_cost": "ContractedCost",
    "consumed_quantity": "ConsumedQuantity",
    "pricing_quantity": "PricingQuantity",
}

#: A file without one of these is no FOCUS file.
REQUIRED_COLUMNS: Final = (
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargeCategory",
)

#: What a day of a billing period says, as text beside the numbers, in the order of the raw table.
DIMENSIONS: Final = tuple(name for name in TEXT_COLUMNS if name != "charge_description")

#: One row per version of what one provider bills for a UTC day in a billing period.
CHARGE_DAYS: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_observed_at": pa.timestamp("us"),
        "_version_id": pa.string(),
        "scope": pa.string(),
        "delivery": pa.string(),
        "billing_period": pa.date32(),
        "provider_name": pa.string(),
        "charge_date": pa.date32(),
        "digest": pa.string(),
        "lines": pa.int64(),
    }
)

#: One row per line of such a version: charges of a day that only differ by resource are one line.
CHARGES: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_version_id": pa.string(),
        "_position": pa.int64(),
        **dict.fromkeys(DIMENSIONS, pa.string()),
        "llm_model": pa.string(),
        "llm_token_kind": pa.string(),
        "billed_cost": AMOUNT,
        "effective_cost": AMOUNT,
        "list_cost": AMOUNT,
        "contracted_cost": AMOUNT,
        "quantity": AMOUNT,
        "charges": pa.int64(),
    }
)

#: One row per file and reading of it: the memory of what was read.
CHARGE_FILES: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_observed_at": pa.timestamp("us"),
        "file": pa.string(),
        "size": pa.int64(),
        "modified_at": pa.timestamp("us"),
        "delivery": pa.string(),
        "billing_periods": pa.string(),  # first days, with commas between them
        "rows_loaded": pa.int64(),
        "rows_quarantined": pa.int64(),
    }
)

TABLES: Final = {
    "charge_days": CHARGE_DAYS,
    "charges": CHARGES,
    "charge_files": CHARGE_FILES,
}
