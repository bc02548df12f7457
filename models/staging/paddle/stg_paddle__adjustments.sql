with adjustments as (
    {{ newest_versions('paddle', 'adjustments') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        adjustments.source_account,
        {{ account_key('paddle', 'adjustments.id', 'adjustments.source_account') }}
            as adjustment_id,
        {{ account_key('paddle', 'adjustments.transaction_id', 'adjustments.source_account') }}
            as invoice_id,
        {{ account_key('paddle', 'adjustments.customer_id', 'adjustments.source_account') }}
            as customer_id,
        adjustments.action,
        adjustments.status,
        adjustments.reason,
        lower(adjustments.currency_code) as currency,
        {{ to_major_units('adjustments.totals__subtotal', 'currency_exponents.exponent') }}
            as subtotal,
        {{ to_major_units('adjustments.totals__total', 'currency_exponents.exponent') }} as total,
        adjustments.created_at,
        adjustments.updated_at
    from adjustments
    left join currency_exponents
        on lower(adjustments.currency_code) = currency_exponents.currency
)

select * from final
