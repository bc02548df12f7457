"""`usage-vs-revenue export focus`: the cost of a month in the FOCUS 1.2 format, as Parquet.

One row per line of `core.fct_provider_costs` of the published build (provider, UTC day, project,
key and line item, as last stated), in the currency of its bill. FOCUS wants an invoice for every
row of a file or for none, so a month with final and open rows is two files: the second one, with
`-open` before the ending, holds what may still change.

What the format does not know stands in columns of its own: `x_Provider`, `x_SourceAccount`,
`x_LineItem`, `x_CostKind`, `x_Model`, `x_TokenType`, `x_ApiKeyId`, `x_Basis`, `x_IsFinal`,
`x_ListCost` (null where the list price is not known; `ListCost` must be filled and is then the
billed cost). Loaded as a FOCUS source the files give the same cost. `InvoiceId` is our own name of
the month's bill, since providers' APIs do not tell the number.

Rules: https://focus.finops.org, 1.2; what they do not check is checked here: no row of the month is
left out but those without an amount in any one currency, which are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import SettingError
from pipelines.files import literal
from pipelines.published.reader import Published, open_published

#: Names of providers that are written otherwise than their short names.
PROVIDER_NAMES: Final = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "aws": "AWS",
    "azure": "Microsoft",
    "gcp": "Google Cloud",
    "google": "Google",
    "openrouter": "OpenRouter",
    "litellm": "LiteLLM",
    "datadog": "Datadog",
}

#: Kind of cost -> ServiceCategory, ServiceSubcategory of FOCUS.
_CATEGORIES: Final = {
    "llm": ("AI and Machine Learning", "Generative AI"),
    "observability": ("Management and Governance", "Observability"),
    "infrastructure": ("Compute", "Other (Compute)"),
    "other": ("Other", "Other (Other)"),
}

_TEXTS: Final = (
    "BillingAccountId", "BillingAccountName", "BillingCurrency", "ChargeCategory", "ChargeClass",
    "ChargeDescription", "ChargeFrequency", "CommitmentDiscountStatus", "ConsumedUnit",
    "HostProviderName", "InvoiceId", "InvoiceIssuerName", "PricingCategory", "PricingUnit",
    "ProviderName", "PublisherName", "RegionId", "RegionName", "ServiceCategory", "ServiceName",
    "ServiceProviderName", "ServiceSubcategory", "SubAccountId", "SubAccountName", "SubAccountType",
    "BillingAccountType", "Tags", "x_ApiKeyId", "x_Basis", "x_CostKind", "x_LineItem", "x_Model",
    "x_Provider", "x_SourceAccount", "x_TokenType",
)  # fmt: skip
_MONEY: Final = (
    "BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "ConsumedQuantity",
    "PricingQuantity", "x_ListCost",
)  # fmt: skip
_TIMES: Final = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")

#: Columns of a file, by name.
SCHEMA: Final = pa.schema(
    sorted(
        [
            *((name, pa.string()) for name in _TEXTS),
            *((name, pa.decimal128(38, 9)) for name in _MONEY),
            *((name, pa.timestamp("ms", "UTC")) for name in _TIMES),
            ("x_IsFinal", pa.bool_()),
        ]
    )
)


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        files: each file and its rows.
        without_amount: rows left out, since no one currency has their amount.
    """

    files: dict[Path, int]
    without_amount: int


def export(month: date, output: Path) -> Exported:
    """Write the cost of a month, first day given; a file that has no rows is not written.

    Where a month has only rows of one finality they are in `output` itself.

    Raises:
        SettingError: there is no published build, or the month has no cost.
        OSError: a file cannot be written.
    """
    with open_published() as published:
        closed = _rows(published, month, is_final=True)
        still_open = _rows(published, month, is_final=False)
        left_out = _without_amount(published, month)
    if not closed.num_rows and not still_open.num_rows:
        raise SettingError(
            f"The published build has no cost of {month:%Y-%m}. Load the month's bill and run "
            "`dbt build`, or name another month."
        )
    beside = output.with_name(f"{output.stem}-open{output.suffix}")
    files: dict[Path, int] = {}
    if closed.num_rows:
        files[_write(output, closed)] = closed.num_rows
    if still_open.num_rows:
        files[_write(beside if closed.num_rows else output, still_open)] = still_open.num_rows
    if beside not in files:
        beside.unlink(missing_ok=True)  # of a month that was open when it was last written
    return Exported(files, left_out)


def _rows(published: Published, month: date, *, is_final: bool) -> pa.Table:
    names = " ".join(
        f"when {literal(short)} then {literal(name)}" for short, name in PROVIDER_NAMES.items()
    )
    category, subcategory = (
        " ".join(
            f"when {literal(kind)} then {literal(said[n])}" for kind, said in _CATEGORIES.items()
        )
        for n in (0, 1)
    )
    of_month = f"{month:%Y-%m}"
    sql = f"""
        with costs as (
            select
                *,
                case provider {names} else provider end as provider_name,
                coalesce(native_amount, billed_usd) as cost,
                upper(
                    case when native_amount is null then 'usd' else native_currency end
                ) as currency,
                case
                    when native_amount is null or lower(native_currency) = 'usd' then list_cost_usd
                end as list_cost,
                coalesce(charge_category, 'Usage') as category
            from core.fct_provider_costs
            where
                date_trunc('month', cost_date) = {literal(month)}
                and is_final = {is_final}
                and coalesce(native_amount, billed_usd) is not null
        ),
        names as (
            select provider, source_account, named_id, max(given_name) as given_name
            from core.dim_provider_names
            where name_kind = 'project'
            group by all
        )
        select
            cost as "BilledCost",
            coalesce(billing_account_id, costs.source_account) as "BillingAccountId",
            costs.source_account as "BillingAccountName",
            'Billing account' as "BillingAccountType",
            currency as "BillingCurrency",
            {_time("date_trunc('month', cost_date)")} as "BillingPeriodStart",
            {_time("date_trunc('month', cost_date) + interval 1 month")} as "BillingPeriodEnd",
            category as "ChargeCategory",
            null as "ChargeClass",
            line_item as "ChargeDescription",
            case when category = 'Usage' then 'Usage-Based' else 'One-Time' end
                as "ChargeFrequency",
            {_time("cost_date")} as "ChargePeriodStart",
            {_time("cost_date + interval 1 day")} as "ChargePeriodEnd",
            null as "CommitmentDiscountStatus",
            case when category = 'Usage' then coalesce(quantity, 1) end as "ConsumedQuantity",
            case when category = 'Usage' then {_unit()} end as "ConsumedUnit",
            cost as "ContractedCost",
            cost as "EffectiveCost",
            provider_name as "HostProviderName",
            case
                when is_final
                    then concat_ws('-', costs.provider, costs.source_account, {literal(of_month)})
            end as "InvoiceId",
            provider_name as "InvoiceIssuerName",
            coalesce(list_cost, cost) as "ListCost",
            case when category in ('Usage', 'Purchase') then 'Standard' end as "PricingCategory",
            case
                when category in ('Usage', 'Purchase') then coalesce(quantity, 1)
            end as "PricingQuantity",
            case when category in ('Usage', 'Purchase') then {_unit()} end as "PricingUnit",
            provider_name as "ProviderName",
            provider_name as "PublisherName",
            region as "RegionId",
            region as "RegionName",
            case cost_kind {category} else 'Other' end as "ServiceCategory",
            coalesce(service, provider_name) as "ServiceName",
            provider_name as "ServiceProviderName",
            case cost_kind {subcategory} else 'Other (Other)' end as "ServiceSubcategory",
            costs.project_id as "SubAccountId",
            case when costs.project_id is not null then coalesce(given_name, costs.project_id) end
                as "SubAccountName",
            case when costs.project_id is not null then 'Project' end as "SubAccountType",
            null as "Tags",
            api_key_id as "x_ApiKeyId",
            basis as "x_Basis",
            cost_kind as "x_CostKind",
            is_final as "x_IsFinal",
            line_item as "x_LineItem",
            list_cost as "x_ListCost",
            case when starts_with(model_id, '__') then null else model_id end as "x_Model",
            costs.provider as "x_Provider",
            costs.source_account as "x_SourceAccount",
            pool as "x_TokenType"
        from costs
        left join names
            on
                costs.provider = names.provider
                and costs.source_account = names.source_account
                and costs.project_id = names.named_id
        where cost <> 0 or coalesce(quantity, 0) <> 0
        order by
            costs.provider, costs.source_account, cost_date, costs.project_id, api_key_id, line_item
    """
    return published.table(sql).select(SCHEMA.names).cast(SCHEMA)


def _time(day: str) -> str:
    """A UTC day as a moment of the schema's type."""
    return f"cast({day} as timestamp_ms)"


def _unit() -> str:
    """The bill's unit in FOCUS's form; one charge where the bill counts nothing."""
    return """case
                when quantity is null then 'Charges'
                when lower(unit) in ('token', 'tokens') then 'Tokens'
                when lower(unit) in ('1m tokens', 'million tokens') then '1000000 Tokens'
                when lower(unit) in ('1k tokens', 'thousand tokens') then '1000 Tokens'
                else coalesce(unit, 'Units')
            end"""


def _without_amount(published: Published, month: date) -> int:
    rows = published.rows(
        "select count(*) as rows from core.fct_provider_costs "
        f"where date_trunc('month', cost_date) = {literal(month)} "
        "and coalesce(native_amount, billed_usd) is null"
    )
    return int(rows[0]["rows"])


def _write(path: Path, rows: pa.Table) -> Path:
    """Write a file beside its place, then rename it: readers see all of it or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        pq.write_table(rows, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
