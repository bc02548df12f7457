with discounts as (
    {{ newest_versions('paddle', 'discounts') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

restrictions as (
    {{ children_of_newest('paddle', 'discount_restrictions', 'discounts') }}
),

discounts_restricted as (
    select distinct
        source_account,
        _root_id
    from restrictions
),

final as (
    select
        discounts.source_account,
        {{ account_key('paddle', 'discounts.id', 'discounts.source_account') }} as coupon_id,
        coalesce(discounts.description, discounts.code) as coupon_name,
        discounts.type as discount_type,
        case
            when not coalesce(discounts.recur, false) then 'once'
            when discounts.maximum_recurring_intervals is null then 'forever'
            else 'repeating'
        end as duration,
        case when discounts.type = 'percentage' then discounts.amount end as percent_off,
        case
            when discounts.type in ('flat', 'flat_per_seat') then cast(discounts.amount as bigint)
        end as amount_off_minor,
        case
            when discounts.type in ('flat', 'flat_per_seat')
                then {{ to_major_units('discounts.amount', 'currency_exponents.exponent') }}
        end as amount_off,
        lower(discounts.currency_code) as currency,
        discounts_restricted._root_id is not null as is_limited_to_products,
        coalesce(discounts.status = 'active', false) as is_valid,
        discounts.created_at,
        discounts.expires_at as redeem_by_at
    from discounts
    left join currency_exponents
        on lower(discounts.currency_code) = currency_exponents.currency
    left join discounts_restricted
        on
            discounts.source_account = discounts_restricted.source_account
            and discounts.id = discounts_restricted._root_id
)

select * from final
