{{ config(materialized='table') }}

with int_mrr_price_terms as (
    select * from {{ ref('int_mrr_price_terms') }}
),

int_mrr_price_tier_amounts as (
    select * from {{ ref('int_mrr_price_tier_amounts') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- Each price is valued once per currency and quantity, however many subscriptions have it.
amounts_in_minor_units as (
    select
        terms.price_id,
        terms.subscription_currency,
        terms.quantity,
        terms.native_currency,
        terms.billing_interval,
        terms.billing_interval_count,
        currency_exponents.exponent,
        case
            when terms.billing_scheme = 'tiered'
                then case when terms.units = 0 then 0 else tier_amounts.amount_minor end
            else {{ amount_of_units('terms.unit_amount_minor', 'terms.units') }}
        end as amount_minor
    from int_mrr_price_terms as terms
    left join int_mrr_price_tier_amounts as tier_amounts
        on
            terms.price_id = tier_amounts.price_id
            and terms.quantity = tier_amounts.quantity
            and coalesce(terms.subscription_currency, '')
            = coalesce(tier_amounts.subscription_currency, '')
    left join currency_exponents
        on terms.native_currency = currency_exponents.currency
),

-- Ten trillion and more is an error, too: no sum has room for it. Nor is there a price below zero.
amounts as (
    select
        *,
        {{ to_major_units(
            'case when abs(amount_minor) < 10000000000000000 then amount_minor end', 'exponent'
        ) }} as amount_if_sane
    from amounts_in_minor_units
),

amounts_checked as (
    select
        *,
        case
            when amount_if_sane >= 0 and amount_if_sane < 10000000000000 then amount_if_sane
        end as amount
    from amounts
),

final as (
    select
        price_id,
        subscription_currency,
        quantity,
        native_currency,
        billing_interval,
        billing_interval_count,
        {{ is_longer_than_a_month('billing_interval', 'billing_interval_count') }}
            as is_long_period,
        amount,
        {{ monthly_amount('amount', 'billing_interval', 'billing_interval_count') }} as gross_mrr
    from amounts_checked
)

select * from final
