with prices as (
    {{ newest_versions('paddle', 'prices') }}
),

final as (
    select
        source_account,
        {{ account_key('paddle', 'id') }} as list_price_id,
        {{ account_key('paddle', 'product_id') }} as product_id,
        coalesce(name, description) as nickname,
        lower(unit_price__currency_code) as currency,
        unit_price__amount as unit_amount_minor,
        billing_cycle__interval as billing_interval,
        billing_cycle__frequency as billing_interval_count,
        tax_mode,
        coalesce(status = 'active', false) as is_active,
        created_at,
        _observed_at as observed_at
    from prices
)

select * from final
