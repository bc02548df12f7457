with subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

final as (
    select
        billing_provider,
        source_account,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        price_currency,
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
        valid_from as observed_at
    from subscription_item_versions
    where is_newest
)

select * from final
