with stripe_subscription_items as (
    select * from {{ ref('stg_stripe__subscription_item_history') }}
),

stripe_invoice_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
),

-- a bare id, without terms, is the last resort
sightings as (
    select
        source_account,
        case when currency is not null then 3 else 5 end as preference,
        valid_from as seen_at,
        'subscription_item' as price_origin,
        subscription_version_id || ':' || cast(item_position as {{ dbt.type_string() }})
            as seen_in,
        price_id,
        product_id,
        cast(null as {{ dbt.type_string() }}) as meter_id,
        cast(null as {{ dbt.type_string() }}) as nickname,
        cast(null as {{ dbt.type_string() }}) as lookup_key,
        currency,
        unit_amount_minor,
        unit_amount,
        coalesce(billing_scheme, 'per_unit') as billing_scheme,
        tiers_mode,
        'recurring' as price_type,
        tax_behavior,
        billing_interval,
        coalesce(billing_interval_count, 1) as billing_interval_count,
        coalesce(usage_type, 'licensed') as usage_type,
        transform_divide_by,
        transform_round,
        cast(null as {{ dbt.type_string() }}) as metadata,
        cast(null as boolean) as is_active,
        false as is_deleted,
        cast(null as {{ timestamp_type() }}) as created_at,
        cast(null as {{ timestamp_type() }}) as deleted_at
    from stripe_subscription_items
    union all
    select
        source_account,
        case when price_currency is not null then 4 else 6 end as preference,
        period_start_at as seen_at,
        'invoice_line' as price_origin,
        invoice_line_id as seen_in,
        price_id,
        product_id,
        cast(null as {{ dbt.type_string() }}) as meter_id,
        cast(null as {{ dbt.type_string() }}) as nickname,
        cast(null as {{ dbt.type_string() }}) as lookup_key,
        coalesce(price_currency, currency) as currency,
        unit_amount_minor,
        unit_amount,
        coalesce(billing_scheme, 'per_unit') as billing_scheme,
        tiers_mode,
        case
            when price_type is not null then price_type
            when line_type = 'subscription' then 'recurring'
        end as price_type,
        tax_behavior,
        billing_interval,
        coalesce(billing_interval_count, 1) as billing_interval_count,
        usage_type,
        transform_divide_by,
        transform_round,
        cast(null as {{ dbt.type_string() }}) as metadata,
        cast(null as boolean) as is_active,
        false as is_deleted,
        cast(null as {{ timestamp_type() }}) as created_at,
        cast(null as {{ timestamp_type() }}) as deleted_at
    from stripe_invoice_lines
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
