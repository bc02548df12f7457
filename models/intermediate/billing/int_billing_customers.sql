with stripe_customers as (
    select * from {{ ref('stg_stripe__customers') }}
),

stripe_subscriptions as (
    select * from {{ ref('stg_stripe__subscriptions') }}
),

stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
),

-- customers deleted before the first load are in no list, but their subscriptions and bills are
customers_mentioned as (
    select
        customer_id,
        created_at
    from stripe_subscriptions
    union all
    select
        customer_id,
        created_at
    from stripe_invoices
),

customers_unlisted as (
    select
        customers_mentioned.customer_id,
        min(customers_mentioned.created_at) as created_at
    from customers_mentioned
    left join stripe_customers
        on customers_mentioned.customer_id = stripe_customers.customer_id
    where
        customers_mentioned.customer_id is not null
        and stripe_customers.customer_id is null
    group by customers_mentioned.customer_id
),

-- a second billing provider is one more select in this union, here and in its siblings
all_providers as (
    select
        'stripe' as billing_provider,
        customer_id,
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
    from stripe_customers
    union all
    select
        'stripe' as billing_provider,
        customer_id,
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
        billing_provider,
        customer_id,
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
    from all_providers
)

select * from final
