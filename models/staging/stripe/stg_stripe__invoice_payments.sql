with invoice_payments as (
    {{ newest_versions('stripe', 'invoice_payments') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        invoice_payments.source_account,
        invoice_payments.id as invoice_payment_id,
        invoice_payments.invoice as invoice_id,
        invoice_payments.payment__charge as charge_id,
        invoice_payments.payment__payment_intent as payment_intent_id,
        invoice_payments.payment__payment_record as payment_record_id,
        -- facts
        invoice_payments.payment__type as payment_type,
        invoice_payments.status as invoice_payment_status,
        invoice_payments.is_default,
        lower(invoice_payments.currency) as currency,
        {{ to_major_units('invoice_payments.amount_paid', 'currency_exponents.exponent') }}
            as amount_paid,
        {{ to_major_units('invoice_payments.amount_requested', 'currency_exponents.exponent') }}
            as amount_requested,
        invoice_payments.livemode as is_livemode,
        -- times
        invoice_payments.created as created_at,
        invoice_payments.status_transitions__paid_at as paid_at,
        invoice_payments.status_transitions__canceled_at as canceled_at,
        invoice_payments._observed_at as observed_at,
        invoice_payments._deleted_at as deleted_at,
        invoice_payments._deleted_at is not null as is_deleted
    from invoice_payments
    left join currency_exponents
        on lower(invoice_payments.currency) = currency_exponents.currency
)

select * from final
