with braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
    where transaction_type = 'credit'
),

final as (
    select
        source_account,
        transaction_id as refund_id,
        refunded_transaction_id as payment_id,
        case when is_paid then 'succeeded' else 'failed' end as refund_status,
        currency,
        amount,
        created_at
    from braintree_transactions
)

select * from final
