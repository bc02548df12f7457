with customers_known as (
    select * from {{ ref('int_billing_customers_known') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        customers_known.billing_provider,
        customers_known.source_account,
        coalesce(customer_groups.customer_id, customers_known.customer_id) as customer_id,
        customers_known.customer_id as billing_customer_id,
        customers_known.native_id,
        customers_known.app_customer_id,
        {{ short_name('customers_known.customer_name') }} as customer_name,
        customers_known.email,
        customers_known.email_domain,
        customers_known.country,
        customers_known.currency,
        customers_known.balance,
        customers_known.is_delinquent,
        customers_known.metadata,
        customers_known.is_deleted,
        customers_known.created_at,
        customers_known.deleted_at,
        customers_known.observed_at
    from customers_known
    left join customer_groups
        on customers_known.customer_id = customer_groups.billing_customer_id
)

select * from final
