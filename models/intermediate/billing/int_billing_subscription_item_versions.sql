{{ config(materialized='table') }}

with stripe_subscriptions as (
    select * from {{ ref('stg_stripe__subscription_history') }}
),

stripe_subscription_items as (
    select * from {{ ref('stg_stripe__subscription_item_history') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

versions_with_items as (
    select distinct subscription_version_id
    from stripe_subscription_items
),

items_of_all_shapes as (
    select
        subscription_version_id,
        item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        currency,
        unit_amount_minor,
        unit_amount,
        billing_scheme,
        tiers_mode,
        tax_behavior,
        billing_interval,
        billing_interval_count,
        usage_type,
        transform_divide_by,
        transform_round,
        created_at,
        current_period_start_at,
        current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from stripe_subscription_items
    union all
    -- the oldest shape: one plan and one quantity on the subscription itself
    select
        stripe_subscriptions.subscription_version_id,
        0 as item_position,
        stripe_subscriptions.subscription_id as subscription_item_id,
        stripe_subscriptions.subscription_id,
        stripe_subscriptions.plan_id as price_id,
        prices.product_id,
        stripe_subscriptions.quantity,
        prices.currency,
        prices.unit_amount_minor,
        prices.unit_amount,
        prices.billing_scheme,
        prices.tiers_mode,
        prices.tax_behavior,
        prices.billing_interval,
        prices.billing_interval_count,
        prices.usage_type,
        prices.transform_divide_by,
        prices.transform_round,
        stripe_subscriptions.created_at,
        stripe_subscriptions.current_period_start_at,
        stripe_subscriptions.current_period_end_at,
        stripe_subscriptions.valid_from,
        stripe_subscriptions.valid_to,
        stripe_subscriptions.is_newest
    from stripe_subscriptions
    left join versions_with_items
        on
            stripe_subscriptions.subscription_version_id
            = versions_with_items.subscription_version_id
    left join prices
        on stripe_subscriptions.plan_id = prices.price_id
    where
        versions_with_items.subscription_version_id is null
        and stripe_subscriptions.plan_id is not null
),

final as (
    select
        -- keys
        'stripe' as billing_provider,
        items_of_all_shapes.subscription_version_id,
        items_of_all_shapes.item_position,
        items_of_all_shapes.subscription_item_id,
        items_of_all_shapes.subscription_id,
        items_of_all_shapes.price_id,
        coalesce(items_of_all_shapes.product_id, prices.product_id) as product_id,
        -- facts; quantity is null for metered prices and must not become 1
        items_of_all_shapes.quantity,
        coalesce(items_of_all_shapes.currency, prices.currency) as price_currency,
        coalesce(items_of_all_shapes.unit_amount_minor, prices.unit_amount_minor)
            as unit_amount_minor,
        coalesce(items_of_all_shapes.unit_amount, prices.unit_amount) as unit_amount,
        coalesce(items_of_all_shapes.billing_scheme, prices.billing_scheme) as billing_scheme,
        coalesce(items_of_all_shapes.tiers_mode, prices.tiers_mode) as tiers_mode,
        coalesce(items_of_all_shapes.tax_behavior, prices.tax_behavior) as tax_behavior,
        coalesce(items_of_all_shapes.billing_interval, prices.billing_interval)
            as billing_interval,
        coalesce(items_of_all_shapes.billing_interval_count, prices.billing_interval_count, 1)
            as billing_interval_count,
        coalesce(items_of_all_shapes.usage_type, prices.usage_type, 'licensed') as usage_type,
        coalesce(items_of_all_shapes.transform_divide_by, prices.transform_divide_by)
            as transform_divide_by,
        coalesce(items_of_all_shapes.transform_round, prices.transform_round) as transform_round,
        -- times
        items_of_all_shapes.created_at,
        items_of_all_shapes.current_period_start_at,
        items_of_all_shapes.current_period_end_at,
        items_of_all_shapes.valid_from,
        items_of_all_shapes.valid_to,
        items_of_all_shapes.is_newest
    from items_of_all_shapes
    left join prices
        on items_of_all_shapes.price_id = prices.price_id
)

select * from final
