with stg_aws__model_metrics as (
    select * from {{ ref('stg_aws__model_metrics') }}
),

-- Latency of several regions is the mean over their invocations; a percentile of several is not
-- known.
final as (
    select
        'aws' as provider,
        source_account,
        metric_date,
        'Amazon Bedrock' as service,
        model as part,
        cast(sum(invocations) as decimal(38, 6)) as calls,
        cast(
            case
                when count(client_errors) + count(server_errors) > 0
                    then
                        sum(coalesce(client_errors, 0))
                        + sum(coalesce(server_errors, 0))
                when count(invocations) > 0 then 0
            end as decimal(38, 6)
        ) as errors,
        cast(
            case
                when count(server_errors) > 0 then sum(server_errors)
                when count(invocations) > 0 then 0
            end as decimal(38, 6)
        ) as server_errors,
        cast({{ exact_divide(
            'sum(mean_latency_ms * invocations)',
            'sum(case when mean_latency_ms is not null then invocations end)',
            3
        ) }} as decimal(18, 3)) as mean_response_time_ms,
        cast(
            case when count(*) = 1 then max(p95_latency_ms) end as decimal(18, 3)
        ) as p95_response_time_ms,
        cast(null as decimal(38, 9)) as uptime
    from stg_aws__model_metrics
    group by
        source_account,
        metric_date,
        model
)

select * from final
