with customer_map as (
    select
        app_customer_id,
        billing_customer_id,
        {{ customer_map_column('customer_group') }} as customer_group,
        {{ customer_map_column('billing_provider') }} as billing_provider,
        {{ customer_map_column('source_account') }} as source_account
    from {{ ref('customer_map') }}
),

customers_known as (
    select * from {{ ref('int_billing_customers_known') }}
),

-- where the file names the provider, it may name the customer as the provider does
customers_named as (
    select
        customer_map.app_customer_id,
        min(customers_known.customer_id) as customer_id
    from customer_map
    inner join customers_known
        on
            customer_map.billing_customer_id = customers_known.native_id
            and customer_map.billing_provider = customers_known.billing_provider
            and coalesce(customer_map.source_account, customers_known.source_account)
            = customers_known.source_account
    group by customer_map.app_customer_id
),

final as (
    select
        customer_map.app_customer_id,
        coalesce(customers_named.customer_id, customer_map.billing_customer_id)
            as billing_customer_id,
        customer_map.customer_group
    from customer_map
    left join customers_named
        on customer_map.app_customer_id = customers_named.app_customer_id
)

select * from final
