with currency_options as (
    {{ children_of_newest('stripe', 'coupon_currency_options', 'coupons') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        currency_options.source_account,
        {{ stripe_coupon_key('currency_options._root_id') }} as coupon_id,
        lower(currency_options._key) as currency,
        currency_options.amount_off as amount_off_minor,
        {{ to_major_units('currency_options.amount_off', 'currency_exponents.exponent') }}
            as amount_off
    from currency_options
    left join currency_exponents
        on lower(currency_options._key) = currency_exponents.currency
)

select * from final
