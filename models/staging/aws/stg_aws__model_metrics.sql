with newest_metric_rows as (
    {{ children_of_newest('aws', 'metric_rows', 'metric_days') }}
),

metric_days as (
    {{ newest_versions('aws', 'metric_days') }}
),

final as (
    select
        -- keys
        newest_metric_rows.source_account,
        metric_days.reported_date as metric_date,
        newest_metric_rows.region,
        newest_metric_rows.model_id as model,

        -- facts; null where CloudWatch says nothing
        newest_metric_rows.invocations,
        newest_metric_rows.client_errors,
        newest_metric_rows.server_errors,
        newest_metric_rows.throttles,
        newest_metric_rows.mean_latency_ms,
        newest_metric_rows.p95_latency_ms,
        newest_metric_rows.input_tokens,
        newest_metric_rows.output_tokens,
        newest_metric_rows.cache_read_tokens,
        newest_metric_rows.cache_write_tokens
    from newest_metric_rows
    inner join metric_days
        on
            newest_metric_rows.source_account = metric_days.source_account
            and newest_metric_rows._version_id = metric_days._version_id
)

select * from final
