with cost_day_versions as (
    {{ all_versions('aws', 'cost_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        'bill' as scope,
        reported_date as cost_date,

        -- facts
        _observed_at as stated_at,
        _dlt_load_id as load_id,
        metric,
        account_id,
        coalesce(is_final, false) as is_final,
        control_amount,
        lower(control_currency) as control_currency,
        coalesce(rows_quarantined, 0) as unreadable_lines,
        row_number() over (
            partition by {{ version_key('aws', ['reported_date']) }}
            order by {{ oldest_first() }}
        ) as statement_number
    from cost_day_versions
    where not _is_deleted
)

select * from final
