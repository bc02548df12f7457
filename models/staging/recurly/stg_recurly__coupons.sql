with coupons as (
    {{ newest_versions('recurly', 'coupons') }}
),

amounts as (
    {{ children_of_newest('recurly', 'coupon_currencies', 'coupons') }}
),

first_amounts as (
    select
        source_account,
        _root_id,
        min(currency) as currency
    from amounts
    group by
        source_account,
        _root_id
),

final as (
    select
        coupons.source_account,
        {{ account_key('recurly', 'coupons.id', 'coupons.source_account') }} as coupon_id,
        coalesce(coupons.name, coupons.code) as coupon_name,
        coupons.discount__type as discount_type,
        case coupons.duration
            when 'single_use' then 'once'
            when 'temporal' then 'repeating'
            else 'forever'
        end as duration,
        coupons.temporal_unit,
        coupons.temporal_amount,
        case coupons.temporal_unit
            when 'month' then coupons.temporal_amount
            when 'year' then 12 * coupons.temporal_amount
        end as duration_in_months,
        case when coupons.discount__type = 'percent' then coupons.discount__percent end
            as percent_off,
        case
            when coupons.discount__type = 'fixed' then cast(amounts.amount as decimal(38, 9))
        end as amount_off,
        lower(amounts.currency) as currency,
        not coalesce(coupons.applies_to_all_plans, true) as is_limited_to_products,
        coalesce(coupons.state = 'redeemable', false) as is_valid,
        coupons.created_at,
        coupons.redeem_by as redeem_by_at
    from coupons
    left join first_amounts
        on
            coupons.source_account = first_amounts.source_account
            and coupons.id = first_amounts._root_id
    left join amounts
        on
            first_amounts.source_account = amounts.source_account
            and first_amounts._root_id = amounts._root_id
            and first_amounts.currency = amounts.currency
)

select * from final
