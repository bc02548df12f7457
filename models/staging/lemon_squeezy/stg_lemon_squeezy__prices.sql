with prices as (
    {{ newest_versions('lemon_squeezy', 'prices') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as price_id,
        {{ account_key('lemon_squeezy', 'variant_id') }} as variant_id,
        coalesce(scheme, 'standard') as scheme,
        usage_aggregation is not null as is_metered,
        coalesce(unit_price_decimal, unit_price) as unit_amount_minor,
        coalesce(package_size, 1) as package_size,
        case when setup_fee_enabled then coalesce(setup_fee, 0) else 0 end as setup_fee_minor,
        renewal_interval_unit as billing_interval,
        coalesce(renewal_interval_quantity, 1) as billing_interval_count,
        trial_interval_unit as trial_interval,
        trial_interval_quantity as trial_interval_count,
        created_at
    from prices
)

select * from final
