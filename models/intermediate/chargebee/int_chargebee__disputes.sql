with chargebee_transactions as (
    select * from {{ ref('stg_chargebee__transactions') }}
    where transaction_type = 'payment_reversal' and status = 'success'
),

-- A reversal takes the money back; Chargebee does not tell of one that was won.
final as (
    select
        source_account,
        transaction_id as dispute_id,
        coalesce(reference_transaction_id, refunded_transaction_id) as payment_id,
        'lost' as dispute_status,
        true as is_chargeback,
        currency,
        amount,
        moved_at as created_at,
        moved_at as withdrawn_at,
        moved_at as lost_at
    from chargebee_transactions
)

select * from final
