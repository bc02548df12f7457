with restrictions as (
    {{ children_of_newest('paddle', 'discount_restrictions', 'discounts') }}
),

final as (
    select
        source_account,
        {{ account_key('paddle', '_root_id') }} as coupon_id,
        _position as restriction_position,
        {{ account_key('paddle', 'id') }} as restricted_to_id
    from restrictions
)

select * from final
