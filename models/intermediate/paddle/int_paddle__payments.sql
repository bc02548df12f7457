with paddle_payments as (
    select * from {{ ref('stg_paddle__transaction_payments') }}
),

paddle_transactions as (
    select * from {{ ref('stg_paddle__transactions') }}
),

final as (
    select
        paddle_payments.source_account,
        paddle_payments.payment_id,
        paddle_transactions.customer_id,
        paddle_payments.invoice_id,
        cast(1 as bigint) as invoice_count,
        case
            when paddle_payments.status = 'captured' then 'succeeded'
            when paddle_payments.status in ('error', 'canceled', 'dropped') then 'failed'
            else 'pending'
        end as payment_status,
        coalesce(paddle_payments.status = 'captured', false) as is_collected,
        paddle_payments.error_code as failure_code,
        paddle_transactions.currency,
        {{ to_major_units(
            'paddle_payments.amount_minor', 'paddle_transactions.currency_exponent'
        ) }} as amount,
        {{ to_major_units(
            "case when paddle_payments.status = 'captured' then paddle_payments.amount_minor else 0 end",
            'paddle_transactions.currency_exponent'
        ) }} as amount_collected,
        coalesce(paddle_payments.captured_at, paddle_payments.created_at) as created_at
    from paddle_payments
    inner join paddle_transactions
        on paddle_payments.invoice_id = paddle_transactions.invoice_id
)

select * from final
