with refunds as (
    {{ newest_versions('polar', 'refunds') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as refund_id,
        {{ account_key('polar', 'order_id') }} as invoice_id,
        status,
        reason,
        lower(currency) as currency,
        coalesce(amount, 0) + coalesce(tax_amount, 0) as amount_minor,
        created_at
    from refunds
)

select * from final
