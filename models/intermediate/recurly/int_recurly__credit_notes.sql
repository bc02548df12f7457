with recurly_invoices as (
    select * from {{ ref('stg_recurly__invoices') }}
    where invoice_type = 'credit'
),

-- A credit that writes a bill off takes back no revenue.
final as (
    select
        source_account,
        invoice_id as credit_note_id,
        previous_invoice_id as invoice_id,
        customer_id,
        case when state = 'voided' then 'void' else 'issued' end as credit_note_status,
        'post_payment' as credit_note_type,
        origin as reason,
        coalesce(state = 'voided', false) as is_void,
        currency,
        abs(total) as amount,
        abs(subtotal) as subtotal,
        abs(total) as total,
        created_at,
        created_at as credited_at,
        case when state = 'voided' then closed_at end as voided_at
    from recurly_invoices
    where coalesce(origin, '') <> 'write_off'
)

select * from final
