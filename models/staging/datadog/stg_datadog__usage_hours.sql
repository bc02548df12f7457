with newest_usage_rows as (
    {{ children_of_newest('datadog', 'usage_rows', 'usage_days') }}
),

usage_days as (
    {{ newest_versions('datadog', 'usage_days') }}
),

final as (
    select
        -- keys
        newest_usage_rows.source_account,
        usage_days.reported_date as usage_date,
        newest_usage_rows.hour as usage_hour,
        newest_usage_rows.org_id,
        newest_usage_rows.region,
        newest_usage_rows.product_family,
        newest_usage_rows.usage_type,

        -- facts
        newest_usage_rows.value as quantity
    from newest_usage_rows
    inner join usage_days
        on
            newest_usage_rows.source_account = usage_days.source_account
            and newest_usage_rows._version_id = usage_days._version_id
)

select * from final
