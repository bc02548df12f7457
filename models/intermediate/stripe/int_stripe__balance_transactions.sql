with stripe_balance_transactions as (
    select * from {{ ref('stg_stripe__balance_transactions') }}
),

final as (
    select
        source_account,
        balance_transaction_id,
        source_id,
        transaction_type,
        reporting_category,
        transaction_status,
        description,
        currency,
        amount,
        fee_amount,
        net_amount,
        exchange_rate,
        created_at,
        available_at
    from stripe_balance_transactions
    where not is_deleted
)

select * from final
