with all_vendors as (
    {{ union_of_vendors('payments') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.payment_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        -- a payment of several invoices belongs to none of them alone: see invoice_payments
        all_vendors.invoice_id,
        all_vendors.invoice_count,
        all_vendors.payment_intent_id,
        all_vendors.balance_transaction_id,
        -- facts
        all_vendors.payment_status,
        all_vendors.is_collected,
        all_vendors.is_refunded,
        all_vendors.is_disputed,
        all_vendors.failure_code,
        all_vendors.description,
        -- money
        all_vendors.currency,
        all_vendors.amount,
        all_vendors.amount_collected,
        all_vendors.amount_refunded,
        -- times
        all_vendors.created_at
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final
