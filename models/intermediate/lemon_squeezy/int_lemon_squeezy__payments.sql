with int_lemon_squeezy__bills as (
    select * from {{ ref('int_lemon_squeezy__bills') }}
    where invoice_status = 'paid' and total_minor > 0
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- Attempts are not told: a bill that is paid was paid once.
final as (
    select
        bills.source_account,
        bills.invoice_id || '/payment' as payment_id,
        bills.customer_id,
        bills.invoice_id,
        cast(1 as bigint) as invoice_count,
        'succeeded' as payment_status,
        true as is_collected,
        bills.currency,
        {{ to_major_units('bills.total_minor', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('bills.total_minor', 'currency_exponents.exponent') }}
            as amount_collected,
        bills.paid_at as created_at
    from int_lemon_squeezy__bills as bills
    left join currency_exponents
        on bills.currency = currency_exponents.currency
)

select * from final
