with stripe_credit_transactions as (
    select * from {{ ref('stg_stripe__credit_balance_transactions') }}
),

credit_grants as (
    select
        credit_grant_id,
        customer_id,
        category
    from {{ ref('int_billing_credit_grants') }}
),

final as (
    select
        'stripe' as billing_provider,
        stripe_credit_transactions.credit_transaction_id,
        stripe_credit_transactions.credit_grant_id,
        credit_grants.customer_id,
        credit_grants.category,
        stripe_credit_transactions.transaction_type,
        stripe_credit_transactions.transaction_reason,
        stripe_credit_transactions.invoice_id,
        stripe_credit_transactions.invoice_line_id,
        stripe_credit_transactions.currency,
        stripe_credit_transactions.amount,
        stripe_credit_transactions.created_at,
        coalesce(
            stripe_credit_transactions.effective_at, stripe_credit_transactions.created_at
        ) as effective_at
    from stripe_credit_transactions
    left join credit_grants
        on stripe_credit_transactions.credit_grant_id = credit_grants.credit_grant_id
    where not stripe_credit_transactions.is_deleted
)

select * from final
