with raw_sync_endpoints as (
    {{ trusted_rows('app_events', 'sync_endpoints') }}
),

stg_app_events__event_files as (
    select * from {{ ref('stg_app_events__event_files') }}
),

rows_by_load as (
    select
        load_id,
        cast(sum(rows_loaded + rows_quarantined) as bigint) as rows_read
    from stg_app_events__event_files
    group by load_id
),

final as (
    select
        raw_sync_endpoints._dlt_load_id as load_id,
        raw_sync_endpoints.endpoint,
        raw_sync_endpoints.status,
        raw_sync_endpoints.reason,
        coalesce(raw_sync_endpoints.objects_read, rows_by_load.rows_read, 0) as objects_read,
        raw_sync_endpoints.is_complete
    from raw_sync_endpoints
    left join rows_by_load
        on raw_sync_endpoints._dlt_load_id = rows_by_load.load_id
)

select * from final
