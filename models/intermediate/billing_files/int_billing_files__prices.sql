with told_prices as (
    select * from {{ ref('stg_billing_files__subscription_prices') }}
),

planned_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
    where discount_percent > 0 and {{ until('ends_at') }} > {{ as_of_timestamp() }}
),

file_prices as (
    select
        source_account,
        price_id,
        product_id,
        currency,
        unit_amount_minor,
        unit_amount,
        billing_interval,
        billing_interval_count,
        starts_at
    from told_prices
    union all
    select
        source_account,
        net_price_id as price_id,
        product_id,
        currency,
        net_unit_amount_minor as unit_amount_minor,
        net_unit_amount as unit_amount,
        billing_interval,
        billing_interval_count,
        starts_at
    from planned_prices
),

final as (
    select
        price_id,
        min(source_account) as source_account,
        min(product_id) as list_price_id,
        min(product_id) as product_id,
        min(currency) as currency,
        min(unit_amount_minor) as unit_amount_minor,
        min(unit_amount) as unit_amount,
        'per_unit' as billing_scheme,
        'recurring' as price_type,
        'exclusive' as tax_behavior,
        min(billing_interval) as billing_interval,
        min(billing_interval_count) as billing_interval_count,
        'licensed' as usage_type,
        true as is_active,
        false as is_deleted,
        min(starts_at) as created_at
    from file_prices
    group by price_id
)

select * from final
