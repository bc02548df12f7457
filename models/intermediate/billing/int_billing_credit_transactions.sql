with all_vendors as (
    {{ union_of_vendors('credit_transactions') }}
),

credit_grants as (
    select * from {{ ref('int_billing_credit_grants') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.credit_transaction_id,
        all_vendors.credit_grant_id,
        credit_grants.customer_id,
        credit_grants.category,
        all_vendors.transaction_type,
        all_vendors.transaction_reason,
        all_vendors.invoice_id,
        all_vendors.invoice_line_id,
        all_vendors.currency,
        all_vendors.amount,
        all_vendors.created_at,
        all_vendors.effective_at
    from all_vendors
    left join credit_grants
        on all_vendors.credit_grant_id = credit_grants.credit_grant_id
)

select * from final
