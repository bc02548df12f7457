with discounts as (
    {{ children_of_all('chargebee', 'subscription_discounts', 'subscriptions') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        discounts.source_account,
        discounts._version_id as subscription_version_id,
        discounts._position as discount_position,
        {{ account_key('chargebee', 'discounts._root_id', 'discounts.source_account') }}
            as subscription_id,
        {{ account_key('chargebee', 'discounts.id', 'discounts.source_account') }} as discount_id,
        {{ account_key('chargebee', 'discounts.item_price_id', 'discounts.source_account') }}
            as list_price_id,
        case discounts.duration_type
            when 'one_time' then 'once'
            when 'limited_period' then 'repeating'
            else 'forever'
        end as duration,
        case when discounts.type = 'percentage' then discounts.percentage end as percent_off,
        case
            when discounts.type = 'fixed_amount'
                then {{ chargebee_major('discounts.amount', 'currency_exponents.exponent') }}
        end as amount_off,
        lower(discounts.currency_code) as currency,
        discounts.created_at,
        discounts.apply_till as ends_at
    from discounts
    left join currency_exponents
        on lower(discounts.currency_code) = currency_exponents.currency
    where discounts.id is not null
)

select * from final
