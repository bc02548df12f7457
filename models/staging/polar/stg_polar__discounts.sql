with discounts as (
    {{ newest_versions('polar', 'discounts') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as coupon_id,
        coalesce(name, code) as coupon_name,
        duration,
        duration_in_months,
        case
            when type = 'percentage'
                then cast(basis_points as decimal(12, 2)) * cast(0.01 as decimal(3, 2))
        end as percent_off,
        case when type = 'fixed' then amount end as amount_off_minor,
        case when type = 'fixed' then lower(currency) end as currency,
        created_at,
        ends_at as redeem_by_at
    from discounts
)

select * from final
