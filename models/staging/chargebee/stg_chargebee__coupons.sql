with coupons as (
    {{ newest_versions('chargebee', 'coupons') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        coupons.source_account,
        {{ account_key('chargebee', 'coupons.id', 'coupons.source_account') }} as coupon_id,
        coupons.name as coupon_name,
        coupons.discount_type,
        case coupons.duration_type
            when 'one_time' then 'once'
            when 'limited_period' then 'repeating'
            else 'forever'
        end as duration,
        coalesce(
            coupons.duration_month,
            case coupons.period_unit
                when 'month' then coupons.period
                when 'year' then 12 * coupons.period
            end
        ) as duration_in_months,
        case when coupons.discount_type = 'percentage' then coupons.discount_percentage end
            as percent_off,
        case
            when coupons.discount_type = 'fixed_amount'
                then {{ chargebee_major('coupons.discount_amount', 'currency_exponents.exponent') }}
        end as amount_off,
        lower(coupons.currency_code) as currency,
        coupons.apply_on,
        coalesce(coupons.status = 'active', false) as is_valid,
        coupons.created_at,
        coupons.valid_till as redeem_by_at,
        coupons._deleted_at as deleted_at,
        coupons._deleted_at is not null as is_deleted
    from coupons
    left join currency_exponents
        on lower(coupons.currency_code) = currency_exponents.currency
)

select * from final
