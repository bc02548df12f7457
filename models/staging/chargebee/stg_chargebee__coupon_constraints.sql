with constraints as (
    {{ children_of_newest('chargebee', 'coupon_constraints', 'coupons') }}
),

prices as (
    {{ children_of_newest('chargebee', 'coupon_constraint_prices', 'coupons') }}
),

final as (
    select
        constraints.source_account,
        {{ account_key('chargebee', 'constraints._root_id', 'constraints.source_account') }}
            as coupon_id,
        constraints.item_type,
        constraints.constraint as constraint_kind,
        {{ account_key('chargebee', 'prices.id', 'constraints.source_account') }} as list_price_id
    from constraints
    left join prices
        on
            constraints._version_id = prices._version_id
            and constraints._position = prices._parent_position
)

select * from final
