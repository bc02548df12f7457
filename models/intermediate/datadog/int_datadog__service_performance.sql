with stg_datadog__service_metrics as (
    select * from {{ ref('stg_datadog__service_metrics') }}
),

-- Calls without an error have no series of errors: where calls are known and errors are asked for
-- at all, none of a service is none.
accounts_with_errors as (
    select distinct source_account
    from stg_datadog__service_metrics
    where errors is not null
),

final as (
    select
        'datadog' as provider,
        metrics.source_account,
        metrics.metric_date,
        metrics.service,
        cast(null as {{ dbt.type_string() }}) as part,
        cast(metrics.calls as decimal(38, 6)) as calls,
        cast(
            case
                when
                    metrics.errors is null
                    and metrics.calls is not null
                    and accounts_with_errors.source_account is not null
                    then 0
                else metrics.errors
            end as decimal(38, 6)
        ) as errors,
        cast(null as decimal(38, 6)) as server_errors,
        cast(metrics.mean_latency_ms as decimal(18, 3)) as mean_response_time_ms,
        cast(metrics.p95_latency_ms as decimal(18, 3)) as p95_response_time_ms,
        cast(metrics.uptime as decimal(38, 9)) as uptime
    from stg_datadog__service_metrics as metrics
    left join accounts_with_errors
        on metrics.source_account = accounts_with_errors.source_account
)

select * from final
