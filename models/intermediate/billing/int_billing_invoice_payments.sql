with all_vendors as (
    {{ union_of_vendors('invoice_payments') }}
),

final as (
    select
        billing_provider,
        source_account,
        invoice_payment_id,
        invoice_id,
        payment_id,
        payment_type,
        invoice_payment_status,
        currency,
        amount_paid,
        created_at,
        paid_at
    from all_vendors
)

select * from final
