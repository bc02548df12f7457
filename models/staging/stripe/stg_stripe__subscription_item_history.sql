with subscription_items as (
    {{ children_of_all('stripe', 'subscription_items', 'subscriptions') }}
),

subscription_history as (
    select
        subscription_version_id,
        subscription_id,
        current_period_start_at,
        current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from {{ ref('stg_stripe__subscription_history') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

terms_chosen as (
    select
        subscription_items.source_account,
        subscription_items._version_id as subscription_version_id,
        subscription_items._position as item_position,
        subscription_items.id as subscription_item_id,
        coalesce(subscription_items.price, subscription_items.plan) as price_id,
        {{ stripe_price_term('subscription_items', 'product', 'product') }} as product_id,
        subscription_items.quantity,
        lower({{ stripe_price_term('subscription_items', 'currency', 'currency') }}) as currency,
        {{ stripe_unit_amount_minor('subscription_items') }} as unit_amount_minor,
        {{ stripe_price_term('subscription_items', 'billing_scheme', 'billing_scheme') }}
            as billing_scheme,
        {{ stripe_price_term('subscription_items', 'tiers_mode', 'tiers_mode') }} as tiers_mode,
        subscription_items.price__tax_behavior as tax_behavior,
        {{ stripe_price_term('subscription_items', 'recurring__interval', 'interval') }}
            as billing_interval,
        {{ stripe_price_term('subscription_items', 'recurring__interval_count', 'interval_count') }}
            as billing_interval_count,
        {{ stripe_price_term('subscription_items', 'recurring__usage_type', 'usage_type') }}
            as usage_type,
        {{ stripe_price_term(
            'subscription_items', 'transform_quantity__divide_by', 'transform_usage__divide_by'
        ) }} as transform_divide_by,
        {{ stripe_price_term(
            'subscription_items', 'transform_quantity__round', 'transform_usage__round'
        ) }} as transform_round,
        subscription_items.metadata,
        subscription_items.created as created_at,
        subscription_items.current_period_start as current_period_start_at,
        subscription_items.current_period_end as current_period_end_at
    from subscription_items
),

final as (
    select
        -- keys
        terms_chosen.source_account,
        terms_chosen.subscription_version_id,
        terms_chosen.item_position,
        terms_chosen.subscription_item_id,
        subscription_history.subscription_id,
        {{ stripe_price_key('terms_chosen.price_id') }} as price_id,
        {{ stripe_product_key('terms_chosen.product_id') }} as product_id,
        -- facts
        terms_chosen.quantity,
        terms_chosen.currency,
        terms_chosen.unit_amount_minor,
        {{ to_major_units('terms_chosen.unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        terms_chosen.billing_scheme,
        terms_chosen.tiers_mode,
        terms_chosen.tax_behavior,
        terms_chosen.billing_interval,
        terms_chosen.billing_interval_count,
        terms_chosen.usage_type,
        terms_chosen.transform_divide_by,
        terms_chosen.transform_round,
        terms_chosen.metadata,
        -- times: the billing period moved from the subscription to its items in 2025-03-31.basil
        terms_chosen.created_at,
        coalesce(
            terms_chosen.current_period_start_at, subscription_history.current_period_start_at
        ) as current_period_start_at,
        coalesce(
            terms_chosen.current_period_end_at, subscription_history.current_period_end_at
        ) as current_period_end_at,
        subscription_history.valid_from,
        subscription_history.valid_to,
        subscription_history.is_newest
    from terms_chosen
    inner join subscription_history
        on terms_chosen.subscription_version_id = subscription_history.subscription_version_id
    left join currency_exponents
        on terms_chosen.currency = currency_exponents.currency
)

select * from final
