with int_billing_payments as (
    select * from {{ ref('int_billing_payments') }}
),

final as (
    select
        payment_id,
        invoice_id,
        customer_id,
        billing_provider,
        source_account,
        payment_status,
        is_collected,
        is_refunded,
        is_disputed,
        failure_code,
        currency,
        amount,
        amount_collected,
        amount_refunded,
        created_at
    from int_billing_payments
)

select * from final
