with recurly_transactions as (
    select * from {{ ref('stg_recurly__transactions') }}
    where transaction_type in ('purchase', 'capture')
),

final as (
    select
        source_account,
        transaction_id as payment_id,
        customer_id,
        invoice_id,
        cast(1 as bigint) as invoice_count,
        case
            when status in ('success', 'chargeback') then 'succeeded'
            when status in ('declined', 'error', 'void') then 'failed'
            else 'pending'
        end as payment_status,
        coalesce(status in ('success', 'chargeback'), false) as is_collected,
        coalesce(status = 'chargeback', false) as is_disputed,
        status_code as failure_code,
        currency,
        amount,
        case
            when status in ('success', 'chargeback') then amount
            else cast(0 as decimal(38, 9))
        end as amount_collected,
        moved_at as created_at
    from recurly_transactions
)

select * from final
