with int_billing_credit_transactions as (
    select * from {{ ref('int_billing_credit_transactions') }}
),

final as (
    select
        credit_transaction_id,
        credit_grant_id,
        billing_provider,
        source_account,
        customer_id,
        category,
        transaction_reason,
        invoice_id,
        invoice_line_id,
        {{ local_day_of('effective_at') }} as effective_date,
        currency,
        cast(amount as decimal(38, 9)) as amount
    from int_billing_credit_transactions
    where effective_at <= {{ as_of_timestamp() }}
)

select * from final
