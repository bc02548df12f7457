with recurly_transactions as (
    select * from {{ ref('stg_recurly__transactions') }}
    where status = 'chargeback' or origin = 'chargeback'
),

-- Recurly has no object for it: a payment turns into one that was charged back.
final as (
    select
        source_account,
        transaction_id || '/chargeback' as dispute_id,
        case
            when transaction_type in ('purchase', 'capture') then transaction_id
            else original_transaction_id
        end as payment_id,
        invoice_id,
        'lost' as dispute_status,
        true as is_chargeback,
        currency,
        amount,
        moved_at as created_at,
        moved_at as withdrawn_at,
        moved_at as lost_at
    from recurly_transactions
)

select * from final
