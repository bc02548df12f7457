with stg_loads__sync_endpoints as (
    select * from {{ ref('stg_loads__sync_endpoints') }}
),

stg_app_events__event_files as (
    select * from {{ ref('stg_app_events__event_files') }}
),

-- A load of files counts their rows while it reads them, after its endpoint was written down.
rows_of_files as (
    select
        load_id,
        cast(sum(rows_loaded + rows_quarantined) as bigint) as rows_read
    from stg_app_events__event_files
    group by load_id
),

final as (
    select
        stg_loads__sync_endpoints.source,
        stg_loads__sync_endpoints.kind,
        stg_loads__sync_endpoints.load_id,
        stg_loads__sync_endpoints.endpoint,
        stg_loads__sync_endpoints.status,
        stg_loads__sync_endpoints.reason,
        coalesce(stg_loads__sync_endpoints.objects_read, rows_of_files.rows_read, 0)
            as objects_read,
        stg_loads__sync_endpoints.is_complete
    from stg_loads__sync_endpoints
    left join rows_of_files
        on stg_loads__sync_endpoints.load_id = rows_of_files.load_id
)

select * from final
