with polar_refunds as (
    select * from {{ ref('stg_polar__refunds') }}
),

int_polar__payments as (
    select * from {{ ref('int_polar__payments') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

payments_of_invoices as (
    select
        invoice_id,
        max(payment_id) as payment_id
    from int_polar__payments
    where is_collected
    group by invoice_id
),

final as (
    select
        refunds.source_account,
        refunds.refund_id,
        payments_of_invoices.payment_id,
        refunds.invoice_id,
        refunds.status as refund_status,
        refunds.reason,
        refunds.currency,
        {{ to_major_units('refunds.amount_minor', 'currency_exponents.exponent') }} as amount,
        refunds.created_at
    from polar_refunds as refunds
    left join payments_of_invoices
        on refunds.invoice_id = payments_of_invoices.invoice_id
    left join currency_exponents
        on refunds.currency = currency_exponents.currency
)

select * from final
