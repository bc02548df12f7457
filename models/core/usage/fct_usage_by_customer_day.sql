with int_usage_by_account_day as (
    select * from {{ ref('int_usage_by_account_day') }}
),

int_usage_of_merged_days as (
    select * from {{ ref('int_usage_of_merged_days') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

customers_of_accounts as (
    select
        int_usage_by_account_day.*,
        coalesce(int_customer_keys.customer_id, int_usage_by_account_day.app_customer_id)
            as customer_id
    from int_usage_by_account_day
    left join int_customer_keys
        on int_usage_by_account_day.app_customer_id = int_customer_keys.app_customer_id
),

days_of_one_account as (
    select customers_of_accounts.*
    from customers_of_accounts
    left join int_usage_of_merged_days
        on
            customers_of_accounts.date = int_usage_of_merged_days.date
            and customers_of_accounts.customer_id = int_usage_of_merged_days.customer_id
    where int_usage_of_merged_days.customer_id is null
),

final as (
    select
        date as usage_date,
        customer_id,
        events,
        calls,
        errors,
        timed_calls,
        response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        llm_calls,
        feature_uses,
        logins,
        users,
        peak_hour,
        top_endpoint,
        last_event_at
    from days_of_one_account
    union all
    select
        date as usage_date,
        customer_id,
        events,
        calls,
        errors,
        timed_calls,
        response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        llm_calls,
        feature_uses,
        logins,
        users,
        peak_hour,
        top_endpoint,
        last_event_at
    from int_usage_of_merged_days
)

select * from final
