with tiers as (
    {{ children_of_newest('chargebee', 'item_price_tiers', 'item_prices') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as list_price_id,
        _position as tier_number,
        coalesce(ending_unit_in_decimal, ending_unit) as up_to,
        price,
        price_in_decimal,
        pricing_type,
        package_size
    from tiers
)

select * from final
