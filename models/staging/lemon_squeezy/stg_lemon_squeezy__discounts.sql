with discounts as (
    {{ newest_versions('lemon_squeezy', 'discounts') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as coupon_id,
        coalesce(name, code) as coupon_name,
        duration,
        duration_in_months,
        case when amount_type = 'percent' then amount end as percent_off,
        case when amount_type = 'fixed' then amount end as amount_off_minor,
        coalesce(is_limited_to_products, false) as is_limited_to_products,
        coalesce(status = 'published', false) as is_valid,
        created_at,
        expires_at as redeem_by_at
    from discounts
)

select * from final
