with subscription_item_history as (
    select * from {{ ref('stg_stripe__subscription_item_history') }}
),

final as (
    select
        source_account,
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
        metadata,
        created_at,
        current_period_start_at,
        current_period_end_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from subscription_item_history
    where is_newest
)

select * from final
