with dim_sources as (
    select * from {{ ref('dim_sources') }}
),

fct_loads as (
    select * from {{ ref('fct_loads') }}
),

all_loads_of_source as (
    select
        source,
        count(*) as loads,
        sum(rows_new + rows_changed) as rows_loaded,
        sum(rows_quarantined) as quarantined_rows
    from fct_loads
    group by source
),

last_loads as (
    select
        source,
        synced_at,
        loaded_at,
        mode,
        skipped_endpoints,
        {{ hours_between('synced_at', as_of_timestamp()) }} as hours_since_sync
    from fct_loads
    where is_last
),

final as (
    select
        dim_sources.source,
        dim_sources.source_name,
        last_loads.synced_at as last_synced_at,
        last_loads.loaded_at as last_loaded_at,
        last_loads.hours_since_sync,
        dim_sources.newest_data_date,
        cast(coalesce(all_loads_of_source.loads, 0) as bigint) as loads,
        cast(coalesce(all_loads_of_source.rows_loaded, 0) as bigint) as rows_loaded,
        last_loads.mode as last_mode,
        cast(coalesce(last_loads.skipped_endpoints, 0) as bigint) as skipped_endpoints,
        cast(coalesce(all_loads_of_source.quarantined_rows, 0) as bigint) as quarantined_rows,
        last_loads.source is null
        or last_loads.hours_since_sync > {{ var('stale_after_hours') }} as is_stale,
        case when last_loads.source is null then dim_sources.setting end as missing_setting
    from dim_sources
    left join all_loads_of_source
        on dim_sources.source = all_loads_of_source.source
    left join last_loads
        on dim_sources.source = last_loads.source
)

select * from final
