with tiers as (
    {{ children_of_all('chargebee', 'subscription_item_tiers', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
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
