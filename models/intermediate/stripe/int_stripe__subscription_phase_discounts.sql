with schedule_discounts as (
    select * from {{ ref('stg_stripe__subscription_schedule_discounts') }}
),

promotion_codes as (
    select * from {{ ref('stg_stripe__promotion_codes') }}
),

final as (
    select
        schedule_discounts.source_account,
        schedule_discounts.schedule_id,
        schedule_discounts.phase_number,
        schedule_discounts.item_number,
        schedule_discounts.discount_position,
        coalesce(schedule_discounts.coupon_id, promotion_codes.coupon_id) as coupon_id,
        schedule_discounts.discount_id
    from schedule_discounts
    left join promotion_codes
        on schedule_discounts.promotion_code_id = promotion_codes.promotion_code_id
)

select * from final
