with int_usage_by_account_day as (
    select * from {{ ref('int_usage_by_account_day') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

int_app_events as (
    select * from {{ ref('int_app_events') }}
),

-- Days on which several accounts of the app are one customer; most companies have none.
merged_days as (
    select
        int_usage_by_account_day.date,
        int_customer_keys.customer_id,
        cast(sum(int_usage_by_account_day.events) as bigint) as events,
        cast(sum(int_usage_by_account_day.calls) as bigint) as calls,
        -- Where no status is known of any call, the errors are not known either.
        cast(
            case
                when sum(int_usage_by_account_day.calls) = 0 then 0
                else sum(
                    case
                        when int_usage_by_account_day.calls > 0
                            then int_usage_by_account_day.errors
                    end
                )
            end as bigint
        ) as errors,
        cast(sum(int_usage_by_account_day.timed_calls) as bigint) as timed_calls,
        cast(sum(int_usage_by_account_day.response_time_ms) as decimal(38, 3))
            as response_time_ms,
        cast(sum(int_usage_by_account_day.llm_calls) as bigint) as llm_calls,
        cast(sum(int_usage_by_account_day.feature_uses) as bigint) as feature_uses,
        cast(sum(int_usage_by_account_day.logins) as bigint) as logins,
        -- A user belongs to an account, so users add up.
        cast(sum(int_usage_by_account_day.users) as bigint) as users,
        max(int_usage_by_account_day.last_event_at) as last_event_at
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

-- What does not add up is measured again, from the requests of these days.
requests_of_merged_days as (
    select
        accounts_merged.date,
        accounts_merged.customer_id,
        int_app_events.occurred_at,
        int_app_events.response_time_ms,
        coalesce(int_app_events.endpoint, '__unknown__') as endpoint
    from int_app_events
    inner join accounts_merged
        on
            int_app_events.event_date = accounts_merged.date
            and int_app_events.app_customer_id = accounts_merged.app_customer_id
    where int_app_events.event_type = 'api_request'
),

requests_measured as (
    select
        date,
        customer_id,
        {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms,
        {{ hour_of_most('occurred_at') }} as peak_hour
    from requests_of_merged_days
    group by
        date,
        customer_id
),

-- A tie goes to the endpoint that comes first by its bytes.
endpoints_ranked as (
    select
        date,
        customer_id,
        endpoint,
        row_number() over (
            partition by date, customer_id
            order by count(*) desc, {{ in_byte_order('endpoint') }} asc
        ) as place
    from requests_of_merged_days
    group by
        date,
        customer_id,
        endpoint
),

final as (
    select
        merged_days.date,
        merged_days.customer_id,
        merged_days.events,
        merged_days.calls,
        merged_days.errors,
        merged_days.timed_calls,
        merged_days.response_time_ms,
        requests_measured.p50_response_time_ms,
        requests_measured.p95_response_time_ms,
        merged_days.llm_calls,
        merged_days.feature_uses,
        merged_days.logins,
        merged_days.users,
        requests_measured.peak_hour,
        endpoints_ranked.endpoint as top_endpoint,
        merged_days.last_event_at
    from merged_days
    left join requests_measured
        on
            merged_days.date = requests_measured.date
            and merged_days.customer_id = requests_measured.customer_id
    left join endpoints_ranked
        on
            merged_days.date = endpoints_ranked.date
            and merged_days.customer_id = endpoints_ranked.customer_id
            and endpoints_ranked.place = 1
)

select * from final
