with chargebee_transactions as (
    select * from {{ ref('stg_chargebee__transactions') }}
    where transaction_type = 'refund'
),

chargebee_links as (
    select * from {{ ref('stg_chargebee__transaction_links') }}
    where linked_to = 'credit_note'
),

notes_of_refunds as (
    select
        transaction_id,
        min(linked_id) as credit_note_id
    from chargebee_links
    group by transaction_id
),

final as (
    select
        transactions.source_account,
        transactions.transaction_id as refund_id,
        coalesce(
            transactions.refunded_transaction_id, transactions.reference_transaction_id
        ) as payment_id,
        notes_of_refunds.credit_note_id,
        case
            when transactions.status = 'success' then 'succeeded'
            when transactions.status in ('failure', 'timeout', 'voided') then 'failed'
            else 'pending'
        end as refund_status,
        transactions.currency,
        transactions.amount,
        transactions.moved_at as created_at
    from chargebee_transactions as transactions
    left join notes_of_refunds
        on transactions.transaction_id = notes_of_refunds.transaction_id
)

select * from final
