with stripe_prices as (
    select * from {{ ref('stg_stripe__prices') }}
),

stripe_plans as (
    select * from {{ ref('stg_stripe__plans') }}
),

-- best first: the price list, then the plan list of an older account
sightings as (
    select
        source_account,
        1 as preference,
        observed_at as seen_at,
        'price_list' as price_origin,
        price_id as seen_in,
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
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from stripe_prices
    union all
    select
        source_account,
        2 as preference,
        observed_at as seen_at,
        'plan_list' as price_origin,
        plan_id as seen_in,
        plan_id as price_id,
        product_id,
        cast(null as {{ dbt.type_string() }}) as meter_id,
        nickname,
        cast(null as {{ dbt.type_string() }}) as lookup_key,
        currency,
        unit_amount_minor,
        unit_amount,
        billing_scheme,
        tiers_mode,
        'recurring' as price_type,
        'unspecified' as tax_behavior,
        billing_interval,
        billing_interval_count,
        usage_type,
        transform_divide_by,
        transform_round,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from stripe_plans
),

final as (
    select
        source_account,
        price_origin,
        seen_in,
        seen_at,
        preference,
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
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from sightings
    where price_id is not null
)

select * from final
