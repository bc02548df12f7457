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
        -- Stripe's own fees are movements of their own, whatever column carries the amount
        case
            when
                coalesce(reporting_category, transaction_type) in (
                    'fee', 'network_cost', 'stripe_fee', 'stripe_fx_fee', 'tax_fee'
                )
                then -coalesce(net_amount, amount - coalesce(fee_amount, 0))
            else fee_amount
        end as fee_amount,
        net_amount,
        exchange_rate,
        created_at,
        available_at
    from stripe_balance_transactions
    where not is_deleted
)

select * from final
