{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('customers') }}
),

subscription_versions as (
    {{ union_of_vendors('subscription_versions') }}
),

invoices as (
    {{ union_of_vendors('invoices') }}
),

-- customers deleted before the first load are in no list, but their subscriptions and bills are
customers_mentioned as (
    select
        billing_provider,
        source_account,
        customer_id,
        created_at
    from subscription_versions
    union all
    select
        billing_provider,
        source_account,
        customer_id,
        created_at
    from invoices
),

customers_unlisted as (
    select
        customers_mentioned.customer_id,
        min(customers_mentioned.billing_provider) as billing_provider,
        min(customers_mentioned.source_account) as source_account,
        min(customers_mentioned.created_at) as created_at
    from customers_mentioned
    left join all_vendors
        on customers_mentioned.customer_id = all_vendors.customer_id
    where
        customers_mentioned.customer_id is not null
        and all_vendors.customer_id is null
    group by customers_mentioned.customer_id
),

final as (
    select
        billing_provider,
        source_account,
        customer_id,
        native_id,
        app_customer_id,
        customer_name,
        email,
        email_domain,
        country,
        currency,
        balance,
        is_delinquent,
        metadata,
        is_deleted,
        created_at,
        deleted_at,
        observed_at
    from all_vendors
    union all
    select
        billing_provider,
        source_account,
        customer_id,
        {{ id_within_account('customer_id') }} as native_id,
        cast(null as {{ dbt.type_string() }}) as app_customer_id,
        cast(null as {{ dbt.type_string() }}) as customer_name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as email_domain,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as decimal(38, 9)) as balance,
        cast(null as boolean) as is_delinquent,
        cast(null as {{ dbt.type_string() }}) as metadata,
        true as is_deleted,
        created_at,
        cast(null as {{ timestamp_type() }}) as deleted_at,
        cast(null as {{ timestamp_type() }}) as observed_at
    from customers_unlisted
)

select * from final
