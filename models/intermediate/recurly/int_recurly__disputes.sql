with recurly_transactions as (
    select * from {{ ref('stg_recurly__transactions') }}
    where status = 'chargeback' or origin = 'chargeback'
),

-- Recurly has no object for it: a payment turns into one that was charged back, or another
-- transaction takes it back.
chargebacks as (
    select
        *,
        case
            when transaction_type in ('purchase', 'capture') then transaction_id
            else original_transaction_id
        end as payment_id,
        coalesce(charged_back_at, moved_at) as charged_back_from
    from recurly_transactions
),

ranked as (
    select
        *,
        row_number() over (
            partition by coalesce(payment_id, transaction_id)
            order by
                case when origin = 'chargeback' then 0 else 1 end, charged_back_from, transaction_id
        ) as preference
    from chargebacks
),

final as (
    select
        source_account,
        coalesce(payment_id, transaction_id) || '/chargeback' as dispute_id,
        payment_id,
        invoice_id,
        'lost' as dispute_status,
        true as is_chargeback,
        currency,
        amount,
        charged_back_from as created_at,
        charged_back_from as withdrawn_at,
        charged_back_from as lost_at
    from ranked
    where preference = 1
)

select * from final
