with bills as (
    select * from {{ ref('int_braintree__bills') }}
),

final as (
    select
        source_account,
        transaction_id as invoice_id,
        transaction_number as invoice_number,
        customer_id,
        subscription_id,
        'paid' as invoice_status,
        case when is_proration then 'subscription_update' else 'subscription_cycle' end
            as billing_reason,
        'charge_automatically' as collection_method,
        false as is_deleted,
        currency,
        amount as subtotal,
        tax_amount,
        amount as total,
        amount as amount_due,
        amount as amount_paid,
        cast(0 as decimal(38, 9)) as amount_remaining,
        created_at,
        created_at as finalized_at,
        created_at as paid_at,
        period_start_at,
        period_end_at,
        observed_at
    from bills
)

select * from final
