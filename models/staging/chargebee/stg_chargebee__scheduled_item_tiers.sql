with tiers as (
    {{ children_of_newest('chargebee', 'scheduled_item_tiers', 'scheduled_changes') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as scheduled_change_id,
        _parent_position as item_position,
        _position as tier_number,
        coalesce(ending_unit_in_decimal, ending_unit) as up_to,
        price,
        price_in_decimal,
        pricing_type,
        package_size
    from tiers
)

select * from final
