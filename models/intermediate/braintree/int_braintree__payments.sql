with braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
    where transaction_type = 'sale'
),

bills as (
    select * from {{ ref('int_braintree__bills') }}
),

final as (
    select
        transactions.source_account,
        transactions.transaction_id as payment_id,
        transactions.customer_id,
        bills.transaction_id as invoice_id,
        cast(case when bills.transaction_id is null then 0 else 1 end as bigint) as invoice_count,
        case
            when transactions.is_paid then 'succeeded'
            when
                transactions.status in (
                    'processor_declined', 'gateway_rejected', 'failed', 'settlement_declined',
                    'voided', 'authorization_expired'
                )
                then 'failed'
            else 'pending'
        end as payment_status,
        transactions.is_paid as is_collected,
        transactions.processor_response_code as failure_code,
        transactions.currency,
        transactions.amount,
        case when transactions.is_paid then transactions.amount else cast(0 as decimal(38, 9)) end
            as amount_collected,
        transactions.created_at
    from braintree_transactions as transactions
    left join bills
        on transactions.transaction_id = bills.transaction_id
)

select * from final
