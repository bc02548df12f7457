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
        invoice_status,
        case when is_proration then 'subscription_update' else 'subscription_cycle' end
            as billing_reason,
        'charge_automatically' as collection_method,
        false as is_deleted,
        currency,
        amount as subtotal,
        tax_amount,
        amount as total,
        amount as amount_due,
        case when is_paid then amount else cast(0 as decimal(38, 9)) end as amount_paid,
        case when is_paid then cast(0 as decimal(38, 9)) else amount end as amount_remaining,
        created_at,
        created_at as finalized_at,
        case when is_paid then created_at end as paid_at,
        given_up_at as marked_uncollectible_at,
        period_start_at,
        period_end_at,
        observed_at
    from bills
)

select * from final
