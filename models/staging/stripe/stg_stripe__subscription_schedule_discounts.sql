with schedule_discounts as (
    {{ children_of_newest('stripe', 'subscription_schedule_discounts', 'subscription_schedules') }}
),

final as (
    select
        source_account,
        _root_id as schedule_id,
        phase_number,
        item_number,
        _position as discount_position,
        {{ stripe_coupon_key('coupon') }} as coupon_id,
        discount as discount_id,
        {{ stripe_promotion_code_key('promotion_code') }} as promotion_code_id
    from schedule_discounts
    where coupon is not null or discount is not null or promotion_code is not null
)

select * from final
