with disputes as (
    {{ newest_versions('polar', 'disputes') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as dispute_id,
        {{ account_key('polar', 'payment_id') }} as payment_id,
        {{ account_key('polar', 'order_id') }} as invoice_id,
        status,
        reason,
        lower(currency) as currency,
        coalesce(amount, 0) + coalesce(tax_amount, 0) as amount_minor,
        created_at,
        coalesce(modified_at, created_at) as changed_at
    from disputes
)

select * from final
