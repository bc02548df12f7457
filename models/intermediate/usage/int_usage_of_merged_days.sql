with int_usage_by_account_day as (
    select * from {{ ref('int_usage_by_account_day') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

-- Days on which several accounts of the app are one customer. Their percentiles do not add up, so
-- the events of these days are measured again; most companies have none.
merged_days as (
    select
        int_usage_by_account_day.date,
        int_customer_keys.customer_id
    from int_usage_by_account_day
    inner join int_customer_keys
        on int_usage_by_account_day.app_customer_id = int_customer_keys.app_customer_id
    group by
        int_usage_by_account_day.date,
        int_customer_keys.customer_id
    having count(*) > 1
),

accounts_merged as (
    select
        merged_days.date,
        merged_days.customer_id,
        int_customer_keys.app_customer_id
    from merged_days
    inner join int_customer_keys
        on merged_days.customer_id = int_customer_keys.customer_id
),

events_of_merged_days as (
    select
        int_app_events.event_date,
        int_app_events.occurred_at,
        int_app_events.event_type,
        int_app_events.endpoint,
        int_app_events.status_code,
        int_app_events.response_time_ms,
        -- a user belongs to an account
        int_app_events.app_customer_id || '/' || int_app_events.user_id as user_id,
        accounts_merged.customer_id as billing_customer_id
    from {{ ref('int_app_events') }} as int_app_events
    inner join accounts_merged
        on
            int_app_events.event_date = accounts_merged.date
            and int_app_events.app_customer_id = accounts_merged.app_customer_id
),

user_days as (
    select distinct
        event_date,
        billing_customer_id,
        user_id
    from events_of_merged_days
    where user_id is not null
),

measured as (
    {{ usage_measured_by_day('events_of_merged_days', 'user_days', 'billing_customer_id') }}
),

final as (
    select
        date,
        owner_id as customer_id,
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
        top_endpoint
    from measured
)

select * from final
