with stripe_credit_transactions as (
    select * from {{ ref('stg_stripe__credit_balance_transactions') }}
),

final as (
    select
        source_account,
        credit_transaction_id,
        credit_grant_id,
        transaction_type,
        transaction_reason,
        invoice_id,
        invoice_line_id,
        currency,
        amount,
        created_at,
        coalesce(effective_at, created_at) as effective_at
    from stripe_credit_transactions
    where not is_deleted
)

select * from final
