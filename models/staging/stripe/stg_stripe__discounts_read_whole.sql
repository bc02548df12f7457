with discounts_read_whole as (
    {{ newest_versions('stripe', 'discounts') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

coupons_chosen as (
    select
        *,
        {{ stripe_coupon_key('coalesce(source__coupon, coupon)') }} as _coupon_id,
        coalesce(source__coupon__duration, coupon__duration) as _duration,
        coalesce(source__coupon__percent_off, coupon__percent_off) as _percent_off,
        coalesce(source__coupon__amount_off, coupon__amount_off) as _amount_off,
        coalesce(source__coupon__currency, coupon__currency) as _currency
    from discounts_read_whole
),

final as (
    select
        -- keys
        coupons_chosen.source_account,
        coupons_chosen._version_id as discount_version_id,
        coupons_chosen.id as discount_id,
        coupons_chosen._coupon_id as coupon_id,
        {{ stripe_promotion_code_key('coupons_chosen.promotion_code') }}
            as promotion_code_id,
        coupons_chosen.customer as customer_id,
        coupons_chosen.subscription as subscription_id,
        coupons_chosen.subscription_item as subscription_item_id,
        -- terms
        coupons_chosen._duration as duration,
        coupons_chosen._percent_off as percent_off,
        coupons_chosen._amount_off as amount_off_minor,
        {{ to_major_units('coupons_chosen._amount_off', 'currency_exponents.exponent') }}
            as amount_off,
        lower(coupons_chosen._currency) as currency,
        -- times
        coupons_chosen.starts as started_at,
        coupons_chosen.ends as ends_at
    from coupons_chosen
    left join currency_exponents
        on lower(coupons_chosen._currency) = currency_exponents.currency
)

select * from final
