{{ config(materialized='table') }}

with item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

tax_rates as (
    select * from {{ ref('int_billing_subscription_tax_rates') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

rates_summed as (
    select
        subscription_version_id,
        subscription_item_id,
        sum(case when is_inclusive then tax_percentage else 0 end) as inclusive_percent
    from tax_rates
    group by
        subscription_version_id,
        subscription_item_id
),

-- an item's own rates replace those of the subscription
rates_of_versions as (
    select
        item_versions.subscription_id,
        item_versions.subscription_item_id,
        item_versions.valid_from,
        case
            when prices.tax_behavior = 'exclusive' then 0
            else coalesce(rates_of_items.inclusive_percent, rates_of_all.inclusive_percent)
        end as inclusive_percent
    from item_versions
    left join prices
        on item_versions.price_id = prices.price_id
    left join rates_summed as rates_of_items
        on
            item_versions.subscription_version_id = rates_of_items.subscription_version_id
            and item_versions.subscription_item_id = rates_of_items.subscription_item_id
    left join rates_summed as rates_of_all
        on
            item_versions.subscription_version_id = rates_of_all.subscription_version_id
            and rates_of_all.subscription_item_id is null
    where item_versions.valid_from <= {{ as_of_timestamp() }}
),

rates_compared as (
    select
        *,
        lag(inclusive_percent) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as percent_before,
        row_number() over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as version_order
    from rates_of_versions
    where inclusive_percent is not null
),

-- automatic tax names no rate on the subscription: the invoice says how much it was
lines_with_tax as (
    select
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        cast({{ exact_divide(
            '100 * invoice_lines.inclusive_tax_amount', 'invoice_lines.net_amount', 2
        ) }} as decimal(9, 6)) as inclusive_percent,
        row_number() over (
            partition by proven_lines.subscription_id, proven_lines.subscription_item_id
            order by proven_lines.period_start_at desc, invoice_lines.amount desc
        ) as recency
    from proven_lines
    inner join invoice_lines
        on
            proven_lines.invoice_id = invoice_lines.invoice_id
            and proven_lines.subscription_id = invoice_lines.subscription_id
            and proven_lines.price_id = invoice_lines.price_id
            and proven_lines.period_start_at = invoice_lines.period_start_at
    where
        invoice_lines.inclusive_tax_amount > 0
        and invoice_lines.net_amount > 0
),

items_with_rates as (
    select distinct
        subscription_id,
        subscription_item_id
    from rates_compared
),

rate_changes as (
    -- the earliest known rate is carried back
    select
        subscription_id,
        subscription_item_id,
        case
            when version_order = 1 then cast('1970-01-01' as {{ timestamp_type() }})
            else valid_from
        end as valid_from,
        cast(inclusive_percent as decimal(9, 6)) as inclusive_percent
    from rates_compared
    where version_order = 1 or inclusive_percent <> percent_before
    union all
    select
        lines_with_tax.subscription_id,
        lines_with_tax.subscription_item_id,
        cast('1970-01-01' as {{ timestamp_type() }}) as valid_from,
        lines_with_tax.inclusive_percent
    from lines_with_tax
    left join items_with_rates
        on
            lines_with_tax.subscription_id = items_with_rates.subscription_id
            and lines_with_tax.subscription_item_id = items_with_rates.subscription_item_id
    where
        lines_with_tax.recency = 1
        and items_with_rates.subscription_id is null
),

final as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent,
        valid_from,
        lead(valid_from) over (
            partition by subscription_id, subscription_item_id order by valid_from
        ) as valid_to
    from rate_changes
)

select * from final
