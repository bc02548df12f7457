with fct_service_performance_by_day as (
    select * from {{ ref('fct_service_performance_by_day') }}
),

final as (
    select
        source,
        date,
        service,
        part,
        provider,
        calls,
        errors,
        -- a monitoring that counts failures beside its calls cannot tell their share
        case when errors <= calls then {{ ratio('errors', 'calls') }} end as error_rate,
        coalesce(
            stated_uptime,
            case
                when server_errors <= calls
                    then {{ ratio('calls - server_errors', 'calls') }}
            end
        ) as uptime,
        mean_response_time_ms,
        p95_response_time_ms,
        has_app_events,
        {{ is_running_day('date') }} as is_provisional
    from fct_service_performance_by_day
)

select * from final
