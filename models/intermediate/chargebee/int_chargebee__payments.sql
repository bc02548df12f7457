with chargebee_transactions as (
    select * from {{ ref('stg_chargebee__transactions') }}
    where transaction_type = 'payment'
),

chargebee_links as (
    select * from {{ ref('stg_chargebee__transaction_links') }}
    where linked_to = 'invoice'
),

links_counted as (
    select
        transaction_id,
        min(linked_id) as invoice_id,
        count(*) as invoice_count
    from chargebee_links
    group by transaction_id
),

final as (
    select
        transactions.source_account,
        transactions.transaction_id as payment_id,
        transactions.customer_id,
        -- a payment of several invoices belongs to none of them alone
        case when links_counted.invoice_count = 1 then links_counted.invoice_id end as invoice_id,
        coalesce(links_counted.invoice_count, 0) as invoice_count,
        case
            when transactions.status = 'success' then 'succeeded'
            when transactions.status in ('failure', 'timeout', 'voided', 'late_failure')
                then 'failed'
            else 'pending'
        end as payment_status,
        coalesce(transactions.status = 'success', false) as is_collected,
        transactions.error_code as failure_code,
        transactions.currency,
        transactions.amount,
        case
            when transactions.status = 'success' then transactions.amount
            else cast(0 as decimal(38, 9))
        end as amount_collected,
        transactions.moved_at as created_at
    from chargebee_transactions as transactions
    left join links_counted
        on transactions.transaction_id = links_counted.transaction_id
)

select * from final
