{{ config(materialized='table') }}

with item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
    where is_present
),

status_stretches as (
    select * from {{ ref('int_mrr_status_stretches') }}
),

discount_stretches as (
    select * from {{ ref('int_mrr_discount_stretches') }}
),

item_taxes as (
    select * from {{ ref('int_mrr_item_taxes') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

-- every moment at which something about a subscription changes
boundaries as (
    select
        subscription_id,
        valid_from as boundary_at
    from item_stretches
    union
    select
        subscription_id,
        valid_to as boundary_at
    from item_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from status_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from discount_stretches
    union
    select
        subscription_id,
        valid_to as boundary_at
    from discount_stretches
    union
    select
        subscription_id,
        valid_from as boundary_at
    from item_taxes
),

slices as (
    select
        subscription_id,
        boundary_at as valid_from,
        lead(boundary_at) over (
            partition by subscription_id order by boundary_at
        ) as valid_to
    from boundaries
    where boundary_at <= {{ as_of_timestamp() }}
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
    from slices
    inner join item_stretches
        on
            slices.subscription_id = item_stretches.subscription_id
            and slices.valid_from >= item_stretches.valid_from
            and slices.valid_from < {{ until('item_stretches.valid_to') }}
    inner join status_stretches
        on
            slices.subscription_id = status_stretches.subscription_id
            and slices.valid_from >= status_stretches.valid_from
            and slices.valid_from < {{ until('status_stretches.valid_to') }}
    inner join subscriptions
        on slices.subscription_id = subscriptions.subscription_id
    left join item_taxes
        on
            item_stretches.subscription_id = item_taxes.subscription_id
            and item_stretches.subscription_item_id = item_taxes.subscription_item_id
            and slices.valid_from >= item_taxes.valid_from
            and slices.valid_from < {{ until('item_taxes.valid_to') }}
    left join price_values
        on
            item_stretches.price_id = price_values.price_id
            and item_stretches.quantity = price_values.quantity
            and coalesce(subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    left join prices
        on item_stretches.price_id = prices.price_id
)

select * from final
