with stripe_currency_options as (
    select * from {{ ref('stg_stripe__price_currency_options') }}
),

prices as (
    select
        price_id,
        currency
    from {{ ref('int_billing_prices') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        'stripe' as billing_provider,
        stripe_currency_options.price_id,
        stripe_currency_options.currency,
        currency_exponents.exponent as currency_exponent,
        stripe_currency_options.currency = prices.currency as is_default,
        stripe_currency_options.unit_amount_minor,
        stripe_currency_options.unit_amount,
        stripe_currency_options.tax_behavior
    from stripe_currency_options
    inner join prices
        on stripe_currency_options.price_id = prices.price_id
    left join currency_exponents
        on stripe_currency_options.currency = currency_exponents.currency
)

select * from final
