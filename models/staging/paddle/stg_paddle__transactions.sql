with transactions as (
    {{ newest_versions('paddle', 'transactions') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        transactions.source_account,
        {{ account_key('paddle', 'transactions.id', 'transactions.source_account') }}
            as invoice_id,
        transactions.invoice_number,
        {{ account_key('paddle', 'transactions.customer_id', 'transactions.source_account') }}
            as customer_id,
        {{ account_key('paddle', 'transactions.subscription_id', 'transactions.source_account') }}
            as subscription_id,
        {{ account_key('paddle', 'transactions.discount_id', 'transactions.source_account') }}
            as coupon_id,
        -- facts
        transactions.status,
        transactions.origin,
        transactions.collection_mode,
        transactions.custom_data as metadata,
        lower(transactions.currency_code) as currency,
        currency_exponents.exponent as currency_exponent,
        -- money
        {{ to_major_units(
            'transactions.details__totals__subtotal', 'currency_exponents.exponent'
        ) }} as subtotal,
        {{ to_major_units('transactions.details__totals__tax', 'currency_exponents.exponent') }}
            as tax_amount,
        {{ to_major_units('transactions.details__totals__total', 'currency_exponents.exponent') }}
            as total,
        {{ to_major_units(
            'transactions.details__totals__grand_total', 'currency_exponents.exponent'
        ) }} as grand_total,
        {{ to_major_units('transactions.details__totals__balance', 'currency_exponents.exponent') }}
            as balance,
        {{ to_major_units('transactions.details__totals__fee', 'currency_exponents.exponent') }}
            as fee_amount,
        {{ to_major_units(
            'transactions.details__totals__earnings', 'currency_exponents.exponent'
        ) }} as earnings,
        -- times
        transactions.billing_period__starts_at as period_start_at,
        transactions.billing_period__ends_at as period_end_at,
        transactions.created_at,
        transactions.updated_at,
        transactions.billed_at,
        transactions._observed_at as observed_at
    from transactions
    left join currency_exponents
        on lower(transactions.currency_code) = currency_exponents.currency
)

select * from final
