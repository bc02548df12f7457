with all_vendors as (
    {{ union_of_vendors('price_currency_options') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.price_id,
        all_vendors.currency,
        currency_exponents.exponent as currency_exponent,
        all_vendors.currency = prices.currency as is_default,
        all_vendors.unit_amount_minor,
        all_vendors.unit_amount,
        all_vendors.tax_behavior
    from all_vendors
    inner join prices
        on all_vendors.price_id = prices.price_id
    left join currency_exponents
        on all_vendors.currency = currency_exponents.currency
)

select * from final
