with polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
    where status in ('paid', 'refunded', 'partially_refunded') and fee_minor > 0
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- Polar sells in its own name: of what it collects it keeps tax and its fee.
final as (
    select
        orders.source_account,
        orders.invoice_id || '/fee' as balance_transaction_id,
        orders.invoice_id as source_id,
        'charge' as transaction_type,
        'charge' as reporting_category,
        'available' as transaction_status,
        orders.fee_currency as currency,
        {{ to_major_units(
            'case when orders.fee_currency = orders.currency'
            ~ ' then orders.total_minor - orders.tax_minor end',
            'currency_exponents.exponent'
        ) }} as amount,
        {{ to_major_units('orders.fee_minor', 'currency_exponents.exponent') }} as fee_amount,
        {{ to_major_units(
            'case when orders.fee_currency = orders.currency'
            ~ ' then orders.total_minor - orders.tax_minor - orders.fee_minor end',
            'currency_exponents.exponent'
        ) }} as net_amount,
        orders.created_at
    from polar_orders as orders
    left join currency_exponents
        on orders.fee_currency = currency_exponents.currency
)

select * from final
