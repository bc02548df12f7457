with phase_discounts as (
    {{ children_of_newest(
        'stripe', 'subscription_schedule_phase_discounts', 'subscription_schedules'
    ) }}
),

final as (
    select
        source_account,
        _root_id as schedule_id,
        _parent_position + 1 as phase_number,
        _position + 1 as discount_number,
        {{ stripe_coupon_key('coupon') }} as coupon_id,
        discount as discount_id,
        {{ stripe_promotion_code_key('promotion_code') }} as promotion_code_id
    from phase_discounts
)

select * from final
