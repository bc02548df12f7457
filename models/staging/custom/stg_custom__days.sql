with custom_days as (
    {{ trusted_rows('custom', 'custom_days') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        provider,
        day,

        -- facts
        kind in ('cost', 'both') as has_cost,
        kind in ('usage', 'both') as has_usage,
        _observed_at as stated_at,
        _dlt_load_id as load_id,
        row_number() over (
            partition by {{ version_key('custom', ['provider', 'day']) }}
            order by _dlt_load_id
        ) as statement_number,
        row_number() over (
            partition by {{ version_key('custom', ['provider', 'day']) }}
            order by _dlt_load_id desc
        ) = 1 as is_last
    from custom_days
)

select * from final
