with all_vendors as (
    {{ union_of_vendors('customers') }}
),

subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

-- customers deleted before the first load are in no list, but their subscriptions and bills are
customers_mentioned as (
    select
        billing_provider,
        source_account,
        billing_customer_id,
        created_at
    from subscription_versions
    union all
    select
        billing_provider,
        source_account,
        billing_customer_id,
        created_at
    from invoices
),

customers_unlisted as (
    select
        customers_mentioned.billing_customer_id,
        min(customers_mentioned.billing_provider) as billing_provider,
        min(customers_mentioned.source_account) as source_account,
        min(customers_mentioned.created_at) as created_at
    from customers_mentioned
    left join all_vendors
        on customers_mentioned.billing_customer_id = all_vendors.customer_id
    where
        customers_mentioned.billing_customer_id is not null
        and all_vendors.customer_id is null
    group by customers_mentioned.billing_customer_id
),

listed_and_unlisted as (
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
        billing_customer_id as customer_id,
        billing_customer_id as native_id,
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
),

final as (
    select
        listed_and_unlisted.billing_provider,
        listed_and_unlisted.source_account,
        coalesce(customer_groups.customer_id, listed_and_unlisted.customer_id) as customer_id,
        listed_and_unlisted.customer_id as billing_customer_id,
        listed_and_unlisted.native_id,
        listed_and_unlisted.app_customer_id,
        {{ short_name('listed_and_unlisted.customer_name') }} as customer_name,
        listed_and_unlisted.email,
        listed_and_unlisted.email_domain,
        listed_and_unlisted.country,
        listed_and_unlisted.currency,
        listed_and_unlisted.balance,
        listed_and_unlisted.is_delinquent,
        listed_and_unlisted.metadata,
        listed_and_unlisted.is_deleted,
        listed_and_unlisted.created_at,
        listed_and_unlisted.deleted_at,
        listed_and_unlisted.observed_at
    from listed_and_unlisted
    left join customer_groups
        on listed_and_unlisted.customer_id = customer_groups.billing_customer_id
)

select * from final
