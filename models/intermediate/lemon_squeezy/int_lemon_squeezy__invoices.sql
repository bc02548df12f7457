with int_lemon_squeezy__bills as (
    select * from {{ ref('int_lemon_squeezy__bills') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        bills.source_account,
        bills.invoice_id,
        bills.invoice_number,
        bills.customer_id,
        bills.subscription_id,
        bills.invoice_status,
        bills.billing_reason,
        'charge_automatically' as collection_method,
        false as is_deleted,
        bills.currency,
        {{ to_major_units('bills.subtotal_minor', 'currency_exponents.exponent') }} as subtotal,
        {{ to_major_units('bills.tax_minor', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units('bills.total_minor', 'currency_exponents.exponent') }} as total,
        {{ to_major_units('bills.total_minor', 'currency_exponents.exponent') }} as amount_due,
        {{ to_major_units(
            "case when bills.invoice_status = 'paid' then bills.total_minor else 0 end",
            'currency_exponents.exponent'
        ) }} as amount_paid,
        {{ to_major_units(
            "case when bills.invoice_status = 'open' then bills.total_minor else 0 end",
            'currency_exponents.exponent'
        ) }} as amount_remaining,
        bills.created_at,
        bills.created_at as finalized_at,
        case when bills.invoice_status = 'paid' then bills.paid_at end as paid_at,
        case when bills.invoice_status = 'void' then bills.updated_at end as voided_at,
        bills.observed_at
    from int_lemon_squeezy__bills as bills
    left join currency_exponents
        on bills.currency = currency_exponents.currency
)

select * from final
