with int_lemon_squeezy__bills as (
    select * from {{ ref('int_lemon_squeezy__bills') }}
    where refunded_minor > 0
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- Of several refunds of a bill the sum is told, and the day of the last.
final as (
    select
        bills.source_account,
        bills.invoice_id || '/refund' as refund_id,
        bills.invoice_id || '/payment' as payment_id,
        bills.invoice_id,
        'succeeded' as refund_status,
        bills.currency,
        {{ to_major_units('bills.refunded_minor', 'currency_exponents.exponent') }} as amount,
        bills.refunded_at as created_at
    from int_lemon_squeezy__bills as bills
    left join currency_exponents
        on bills.currency = currency_exponents.currency
)

select * from final
