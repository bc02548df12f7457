{{ config(materialized='table') }}

with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
),

polar_subscription_prices as (
    select * from {{ ref('stg_polar__subscription_prices') }}
),

polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
),

polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
),

polar_order_items as (
    select * from {{ ref('stg_polar__order_items') }}
),

-- What a customer chose to pay is known from the bill alone.
amounts_chosen as (
    select
        polar_orders.subscription_id,
        polar_order_items.list_price_id,
        polar_order_items.amount_minor,
        row_number() over (
            partition by polar_orders.subscription_id, polar_order_items.list_price_id
            order by polar_orders.created_at desc, polar_order_items.invoice_line_id asc
        ) as recency
    from polar_order_items
    inner join polar_orders
        on polar_order_items.invoice_id = polar_orders.invoice_id
    where not polar_order_items.is_proration and polar_order_items.amount_minor > 0
),

items_listed as (
    select
        subscriptions.source_account,
        subscriptions.subscription_version_id,
        subscription_prices.price_position as item_position,
        subscriptions.subscription_id,
        subscription_prices.list_price_id,
        coalesce(prices.product_id, subscriptions.product_id) as product_id,
        prices.amount_type,
        coalesce(prices.amount_type in ('metered_unit', 'metered_tiers'), false) as is_metered,
        subscriptions.currency,
        case
            when prices.amount_type = 'custom' then amounts_chosen.amount_minor
            else prices.unit_amount_minor
        end as unit_amount_minor,
        case prices.amount_type
            when 'seat_based' then subscriptions.seats
            when 'unit_based' then subscriptions.units
            else 1
        end as quantity,
        coalesce(prices.billing_interval, subscriptions.billing_interval) as billing_interval,
        case
            when prices.billing_interval is not null then 1
            else subscriptions.billing_interval_count
        end as billing_interval_count,
        subscriptions.started_at,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from polar_subscription_prices as subscription_prices
    inner join polar_subscriptions as subscriptions
        on subscription_prices.subscription_version_id = subscriptions.subscription_version_id
    left join polar_prices as prices
        on subscription_prices.list_price_id = prices.list_price_id
    left join amounts_chosen
        on
            subscriptions.subscription_id = amounts_chosen.subscription_id
            and subscription_prices.list_price_id = amounts_chosen.list_price_id
            and amounts_chosen.recency = 1
),

items_counted as (
    select
        *,
        sum(case when is_metered then 0 else 1 end) over (
            partition by subscription_version_id
        ) as plan_count
    from items_listed
),

final as (
    select
        source_account,
        subscription_version_id,
        item_position,
        -- beside what is metered a subscription has one price: another one takes its place
        subscription_id || '/' || case
            when is_metered or max(plan_count) over (partition by subscription_id) > 1
                then list_price_id
            else 'plan'
        end as subscription_item_id,
        subscription_id,
        list_price_id,
        case
            when amount_type = 'custom'
                then {{ price_term_key(
                    'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval',
                    'billing_interval_count'
                ) }}
            else list_price_id
        end as price_id,
        product_id,
        amount_type,
        is_metered,
        currency,
        unit_amount_minor,
        case when not is_metered then quantity end as quantity,
        billing_interval,
        billing_interval_count,
        started_at,
        current_period_start_at,
        current_period_end_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from items_counted
)

select * from final
