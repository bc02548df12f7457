with int_service_performance as (
    select * from {{ ref('int_service_performance') }}
),

fct_usage_by_service_day as (
    select * from {{ ref('fct_usage_by_service_day') }}
),

final as (
    select
        -- keys
        told.source_account as source,
        told.metric_date as date,
        told.service,
        coalesce(told.part, '__all__') as part,

        -- facts
        told.provider,
        cast(told.calls as decimal(38, 6)) as calls,
        cast(told.errors as decimal(38, 6)) as errors,
        cast(told.server_errors as decimal(38, 6)) as server_errors,
        cast(told.mean_response_time_ms as decimal(18, 3)) as mean_response_time_ms,
        cast(told.p95_response_time_ms as decimal(18, 3)) as p95_response_time_ms,
        cast(told.uptime as decimal(38, 9)) as stated_uptime,
        coalesce(fct_usage_by_service_day.calls, 0) > 0 as has_app_events
    from int_service_performance as told
    left join fct_usage_by_service_day
        on
            told.metric_date = fct_usage_by_service_day.date
            and told.service = fct_usage_by_service_day.service
)

select * from final
