with customers as (
    select * from {{ ref('int_billing_customers') }}
),

customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

customer_signups as (
    select * from {{ ref('int_customer_signups') }}
),

app_accounts_counted as (
    select
        customer_id,
        min(app_customer_id) as app_customer_id,
        count(*) as app_customer_count
    from customer_keys
    where matched_by in ('customer_map', 'metadata')
    group by customer_id
),

-- a company that several accounts or providers bill is known as it is at the first of them
companies_ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by case when billing_customer_id = customer_id then 0 else 1 end
        ) as member_rank,
        max(case when is_delinquent then 1 when not is_delinquent then 0 end)
            over (partition by customer_id) as any_delinquent,
        min(case when is_deleted then 1 else 0 end)
            over (partition by customer_id) as every_deleted,
        max(deleted_at) over (partition by customer_id) as last_deleted_at
    from customers
),

billed_and_unbilled as (
    select
        customer_id,
        billing_provider,
        source_account,
        native_id,
        customer_name,
        email_domain,
        country,
        currency,
        any_delinquent = 1 as is_delinquent,
        every_deleted = 1 as is_deleted,
        created_at,
        case when every_deleted = 1 then last_deleted_at end as deleted_at
    from companies_ranked
    where member_rank = 1
    union all
    -- accounts of the app that billing has never heard of, such as free users
    select
        customer_signups.customer_id,
        cast(null as {{ dbt.type_string() }}) as billing_provider,
        cast(null as {{ dbt.type_string() }}) as source_account,
        cast(null as {{ dbt.type_string() }}) as native_id,
        cast(null as {{ dbt.type_string() }}) as customer_name,
        cast(null as {{ dbt.type_string() }}) as email_domain,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as boolean) as is_delinquent,
        false as is_deleted,
        customer_signups.signed_up_at as created_at,
        cast(null as {{ timestamp_type() }}) as deleted_at
    from customer_signups
    left join customers
        on customer_signups.customer_id = customers.customer_id
    where customers.customer_id is null
),

known as (
    select
        billed_and_unbilled.customer_id,
        billed_and_unbilled.billing_provider,
        billed_and_unbilled.source_account,
        billed_and_unbilled.native_id,
        coalesce(app_accounts_counted.app_customer_id, customer_signups.app_customer_id)
            as app_customer_id,
        cast(coalesce(app_accounts_counted.app_customer_count, 0) as bigint)
            as app_customer_count,
        billed_and_unbilled.customer_name,
        billed_and_unbilled.email_domain,
        billed_and_unbilled.country,
        billed_and_unbilled.currency,
        customer_signups.acquisition_channel,
        billed_and_unbilled.is_delinquent,
        billed_and_unbilled.is_deleted,
        false as is_placeholder,
        billed_and_unbilled.created_at,
        customer_signups.signed_up_at,
        billed_and_unbilled.deleted_at
    from billed_and_unbilled
    left join app_accounts_counted
        on billed_and_unbilled.customer_id = app_accounts_counted.customer_id
    left join customer_signups
        on billed_and_unbilled.customer_id = customer_signups.customer_id
),

-- what facts name in place of a customer
placeholders as (
    select
        '__unattributed__' as customer_id,
        'Unattributed' as customer_name
    union all
    select
        '__unknown__' as customer_id,
        'Unknown' as customer_name
),

final as (
    select * from known
    union all
    select
        customer_id,
        cast(null as {{ dbt.type_string() }}) as billing_provider,
        cast(null as {{ dbt.type_string() }}) as source_account,
        cast(null as {{ dbt.type_string() }}) as native_id,
        cast(null as {{ dbt.type_string() }}) as app_customer_id,
        cast(0 as bigint) as app_customer_count,
        customer_name,
        cast(null as {{ dbt.type_string() }}) as email_domain,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as {{ dbt.type_string() }}) as acquisition_channel,
        cast(null as boolean) as is_delinquent,
        false as is_deleted,
        true as is_placeholder,
        cast(null as {{ timestamp_type() }}) as created_at,
        cast(null as {{ timestamp_type() }}) as signed_up_at,
        cast(null as {{ timestamp_type() }}) as deleted_at
    from placeholders
)

select * from final
