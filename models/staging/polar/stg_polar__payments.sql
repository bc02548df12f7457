with payments as (
    {{ newest_versions('polar', 'payments') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as payment_id,
        {{ account_key('polar', 'order_id') }} as invoice_id,
        status,
        decline_reason,
        lower(currency) as currency,
        amount as amount_minor,
        created_at
    from payments
)

select * from final
