with chargebee_payments as (
    select * from {{ ref('stg_chargebee__invoice_payments') }}
    -- failed attempts stand in the list with an amount, too
    where status = 'success'
),

chargebee_invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
),

final as (
    select
        payments.source_account,
        payments.invoice_id || '/' || payments.payment_id || '/'
        || cast(payments.payment_position as {{ dbt.type_string() }}) as invoice_payment_id,
        payments.invoice_id,
        payments.payment_id,
        'charge' as payment_type,
        'paid' as invoice_payment_status,
        invoices.currency,
        {{ chargebee_major('payments.applied_amount', 'invoices.currency_exponent') }}
            as amount_paid,
        coalesce(payments.applied_at, payments.paid_at) as created_at,
        coalesce(payments.applied_at, payments.paid_at, invoices.paid_at) as paid_at
    from chargebee_payments as payments
    inner join chargebee_invoices as invoices
        on payments.invoice_id = invoices.invoice_id
)

select * from final
