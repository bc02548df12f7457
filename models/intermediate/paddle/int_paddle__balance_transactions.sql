with paddle_transactions as (
    select * from {{ ref('stg_paddle__transactions') }}
),

-- Paddle sells in its own name: of what it collects it keeps tax and its fee.
final as (
    select
        source_account,
        invoice_id || '/fee' as balance_transaction_id,
        invoice_id as source_id,
        'charge' as transaction_type,
        'charge' as reporting_category,
        'available' as transaction_status,
        currency,
        earnings + fee_amount as amount,
        fee_amount,
        earnings as net_amount,
        coalesce(billed_at, created_at) as created_at
    from paddle_transactions
    where
        status = 'completed'
        and fee_amount is not null
        and earnings is not null
)

select * from final
