with all_vendors as (
    {{ union_of_vendors('credit_grants') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.credit_grant_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.credit_grant_name,
        all_vendors.category,
        all_vendors.is_paid,
        all_vendors.currency,
        all_vendors.amount,
        all_vendors.created_at,
        all_vendors.effective_at,
        all_vendors.expires_at,
        all_vendors.voided_at,
        all_vendors.is_deleted
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final
