with paddle_discounts as (
    select * from {{ ref('stg_paddle__discounts') }}
),

-- An amount per seat depends on the seats: each discount given states its own.
final as (
    select
        source_account,
        coupon_id,
        coupon_name,
        duration,
        percent_off,
        case when discount_type = 'flat' then amount_off_minor end as amount_off_minor,
        case when discount_type = 'flat' then amount_off end as amount_off,
        currency,
        is_limited_to_products,
        is_valid,
        false as is_deleted,
        created_at,
        redeem_by_at
    from paddle_discounts
)

select * from final
