with price_history as (
    select * from {{ ref('stg_stripe__price_history') }}
),

final as (
    select
        source_account,
        price_version_id,
        price_id,
        product_id,
        meter_id,
        nickname,
        lookup_key,
        currency,
        unit_amount_minor,
        unit_amount,
        billing_scheme,
        tiers_mode,
        price_type,
        tax_behavior,
        billing_interval,
        billing_interval_count,
        usage_type,
        transform_divide_by,
        transform_round,
        is_active,
        metadata,
        is_livemode,
        created_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from price_history
    where is_newest
)

select * from final
