with tiers as (
    {{ children_of_newest('lemon_squeezy', 'price_tiers', 'prices') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', '_root_id') }} as price_id,
        1 + _position as tier_number,
        cast({{ safe_decimal('last_unit', 18, 0) }} as bigint) as up_to,
        coalesce(unit_price_decimal, unit_price) as unit_amount_minor,
        coalesce(fixed_fee, 0) as flat_amount_minor
    from tiers
)

select * from final
