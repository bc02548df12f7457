with fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

fct_service_performance_by_month as (
    select * from {{ ref('fct_service_performance_by_month') }}
),

usage_by_service as (
    select
        month,
        service,
        sum(events) as events,
        sum(llm_calls) as llm_calls,
        sum(feature_uses) as feature_uses,
        sum(units) as units,
        sum(users) as users,
        sum(case when customer_id <> '__unattributed__' then 1 else 0 end) as customers
    from fct_usage_by_customer_month
    group by
        month,
        service
),

final as (
    select
        usage_by_service.month,
        usage_by_service.service,
        cast(usage_by_service.events as bigint) as events,
        coalesce(fct_service_performance_by_month.calls, 0) as calls,
        case
            when fct_service_performance_by_month.calls is null then 0
            else fct_service_performance_by_month.errors
        end as errors,
        case
            when fct_service_performance_by_month.calls is null then 0
            else fct_service_performance_by_month.server_errors
        end as server_errors,
        fct_service_performance_by_month.timed_calls,
        fct_service_performance_by_month.response_time_ms,
        fct_service_performance_by_month.p50_response_time_ms,
        fct_service_performance_by_month.p95_response_time_ms,
        cast(usage_by_service.llm_calls as bigint) as llm_calls,
        cast(usage_by_service.feature_uses as bigint) as feature_uses,
        cast(usage_by_service.units as decimal(28, 6)) as units,
        cast(usage_by_service.users as bigint) as users,
        cast(usage_by_service.customers as bigint) as customers
    from usage_by_service
    left join fct_service_performance_by_month
        on
            usage_by_service.month = fct_service_performance_by_month.month
            and usage_by_service.service = fct_service_performance_by_month.service
)

select * from final
