{{ config(materialized='table') }}

with int_mrr_slice_bounds as (
    select * from {{ ref('int_mrr_slice_bounds') }}
),

int_mrr_item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
    where is_present
),

int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
),

int_mrr_item_taxes as (
    select * from {{ ref('int_mrr_item_taxes') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

final as (
    select
        slices.subscription_id,
        item_stretches.subscription_item_id,
        subscriptions.customer_id,
        coalesce(prices.product_id, item_stretches.price_id) as product_id,
        item_stretches.price_id,
        item_stretches.quantity,
        item_stretches.evidence,
        status_stretches.status,
        status_stretches.pause_behavior,
        status_stretches.earning_state,
        status_stretches.state_if_proven,
        coalesce(price_values.native_currency, subscriptions.currency, prices.currency)
            as native_currency,
        price_values.billing_interval,
        price_values.billing_interval_count,
        coalesce(price_values.is_long_period, false) as is_long_period,
        price_values.gross_mrr is null as is_unpriced,
        coalesce(price_values.gross_mrr, cast(0 as decimal(38, 9))) as gross_mrr,
        coalesce(item_taxes.inclusive_percent, 0) as inclusive_percent,
        slices.valid_from,
        slices.valid_to
    from int_mrr_slice_bounds as slices
    inner join int_mrr_item_stretches as item_stretches
        on
            slices.subscription_id = item_stretches.subscription_id
            and slices.valid_from >= item_stretches.valid_from
            and slices.valid_from < {{ until('item_stretches.valid_to') }}
    inner join int_mrr_earning_stretches as status_stretches
        on
            slices.subscription_id = status_stretches.subscription_id
            and slices.valid_from >= status_stretches.valid_from
            and slices.valid_from < {{ until('status_stretches.valid_to') }}
    inner join int_mrr_subscriptions as subscriptions
        on slices.subscription_id = subscriptions.subscription_id
    left join int_mrr_item_taxes as item_taxes
        on
            item_stretches.subscription_id = item_taxes.subscription_id
            and item_stretches.subscription_item_id = item_taxes.subscription_item_id
            and slices.valid_from >= item_taxes.valid_from
            and slices.valid_from < {{ until('item_taxes.valid_to') }}
    left join int_mrr_price_values as price_values
        on
            item_stretches.price_id = price_values.price_id
            and item_stretches.quantity = price_values.quantity
            and coalesce(subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    left join int_billing_prices as prices
        on item_stretches.price_id = prices.price_id
)

select * from final
