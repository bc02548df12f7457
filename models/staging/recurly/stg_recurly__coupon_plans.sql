with plans as (
    {{ children_of_newest('recurly', 'coupon_plans', 'coupons') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', '_root_id') }} as coupon_id,
        {{ account_key('recurly', 'id') }} as product_id
    from plans
    where id is not null
)

select * from final
