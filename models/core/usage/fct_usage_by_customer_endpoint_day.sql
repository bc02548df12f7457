with int_usage_by_account_endpoint_day as (
    select * from {{ ref('int_usage_by_account_endpoint_day') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

int_app_events as (
    select * from {{ ref('int_app_events') }}
),

usage_of_customers as (
    select
        int_usage_by_account_endpoint_day.*,
        coalesce(int_customer_keys.customer_id, int_usage_by_account_endpoint_day.app_customer_id)
            as customer_id
    from int_usage_by_account_endpoint_day
    left join int_customer_keys
        on int_usage_by_account_endpoint_day.app_customer_id = int_customer_keys.app_customer_id
),

summed as (
    select
        date,
        customer_id,
        endpoint,
        count(*) as accounts,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(timed_calls) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        max(p95_response_time_ms) as p95_response_time_ms
    from usage_of_customers
    group by
        date,
        customer_id,
        endpoint
),

-- Percentiles of several accounts of the app do not add up: these are measured again.
measured_over_accounts as (
    select
        summed.date,
        summed.customer_id,
        summed.endpoint,
        {{ percentile('int_app_events.response_time_ms', 0.95) }} as p95_response_time_ms
    from summed
    inner join int_customer_keys
        on summed.customer_id = int_customer_keys.customer_id
    inner join int_app_events
        on
            int_customer_keys.app_customer_id = int_app_events.app_customer_id
            and summed.date = int_app_events.event_date
            and summed.endpoint = coalesce(int_app_events.endpoint, '__unknown__')
            and int_app_events.event_type = 'api_request'
    where summed.accounts > 1
    group by
        summed.date,
        summed.customer_id,
        summed.endpoint
),

final as (
    select
        summed.date,
        summed.customer_id,
        summed.endpoint,
        cast(summed.calls as bigint) as calls,
        cast(summed.errors as bigint) as errors,
        cast(summed.timed_calls as bigint) as timed_calls,
        cast(summed.response_time_ms as decimal(38, 3)) as response_time_ms,
        case
            when summed.accounts > 1 then measured_over_accounts.p95_response_time_ms
            else summed.p95_response_time_ms
        end as p95_response_time_ms
    from summed
    left join measured_over_accounts
        on
            summed.date = measured_over_accounts.date
            and summed.customer_id = measured_over_accounts.customer_id
            and summed.endpoint = measured_over_accounts.endpoint
)

select * from final
