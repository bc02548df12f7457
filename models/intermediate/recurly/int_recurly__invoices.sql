with recurly_invoices as (
    select * from {{ ref('stg_recurly__invoices') }}
    where invoice_type <> 'credit'
),

final as (
    select
        source_account,
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        case
            when state in ('paid', 'closed') then 'paid'
            when state = 'voided' then 'void'
            when state = 'failed' then 'uncollectible'
            else 'open'
        end as invoice_status,
        case origin
            when 'purchase' then 'subscription_create'
            when 'renewal' then 'subscription_cycle'
            when 'immediate_change' then 'subscription_update'
            else 'manual'
        end as billing_reason,
        case collection_method when 'manual' then 'send_invoice' else 'charge_automatically' end
            as collection_method,
        false as is_deleted,
        currency,
        subtotal,
        tax_amount,
        total,
        total as amount_due,
        amount_paid,
        amount_remaining,
        created_at,
        created_at as finalized_at,
        case when state in ('paid', 'closed') then coalesce(closed_at, created_at) end as paid_at,
        case when state = 'voided' then closed_at end as voided_at,
        case when state = 'failed' then closed_at end as marked_uncollectible_at,
        due_at,
        observed_at
    from recurly_invoices
)

select * from final
