with newest_metric_rows as (
    {{ children_of_newest('datadog', 'metric_rows', 'metric_days') }}
),

metric_days as (
    {{ newest_versions('datadog', 'metric_days') }}
),

final as (
    select
        -- keys
        newest_metric_rows.source_account,
        metric_days.reported_date as metric_date,
        newest_metric_rows.service,

        -- facts; null where no query asks for it
        newest_metric_rows.calls,
        newest_metric_rows.errors,
        newest_metric_rows.mean_latency_ms,
        newest_metric_rows.p95_latency_ms,
        newest_metric_rows.uptime
    from newest_metric_rows
    inner join metric_days
        on
            newest_metric_rows.source_account = metric_days.source_account
            and newest_metric_rows._version_id = metric_days._version_id
)

select * from final
