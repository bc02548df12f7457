with stripe_subscriptions as (
    select * from {{ ref('stg_stripe__subscription_history') }}
),

stripe_subscription_items as (
    select * from {{ ref('stg_stripe__subscription_item_history') }}
),

versions_with_items as (
    select distinct subscription_version_id
    from stripe_subscription_items
),

items_of_all_shapes as (
    select
        source_account,
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
    -- the oldest shape: one plan and one quantity on the subscription itself, the terms being those
    -- of the plan
    select
        stripe_subscriptions.source_account,
        stripe_subscriptions.subscription_version_id,
        0 as item_position,
        stripe_subscriptions.subscription_id as subscription_item_id,
        stripe_subscriptions.subscription_id,
        stripe_subscriptions.plan_id as price_id,
        cast(null as {{ dbt.type_string() }}) as product_id,
        stripe_subscriptions.quantity,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as decimal(38, 12)) as unit_amount_minor,
        cast(null as decimal(38, 9)) as unit_amount,
        cast(null as {{ dbt.type_string() }}) as billing_scheme,
        cast(null as {{ dbt.type_string() }}) as tiers_mode,
        cast(null as {{ dbt.type_string() }}) as tax_behavior,
        cast(null as {{ dbt.type_string() }}) as billing_interval,
        cast(null as bigint) as billing_interval_count,
        cast(null as {{ dbt.type_string() }}) as usage_type,
        cast(null as bigint) as transform_divide_by,
        cast(null as {{ dbt.type_string() }}) as transform_round,
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
    where
        versions_with_items.subscription_version_id is null
        and stripe_subscriptions.plan_id is not null
),

final as (
    select
        source_account,
        subscription_version_id,
        item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        currency as price_currency,
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
    from items_of_all_shapes
)

select * from final
