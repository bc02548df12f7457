with sync_endpoints as (
    {{ rows_of_all_sources('sync_endpoints', [
        '_dlt_load_id', 'endpoint', 'status', 'reason', 'objects_read', 'is_complete',
    ]) }}
),

stg_loads__syncs as (
    select * from {{ ref('stg_loads__syncs') }}
),

final as (
    select
        sync_endpoints.source,
        sync_endpoints.kind,
        sync_endpoints._dlt_load_id as load_id,
        sync_endpoints.endpoint,
        sync_endpoints.status,
        sync_endpoints.reason,
        sync_endpoints.objects_read,
        sync_endpoints.is_complete
    from sync_endpoints
    inner join stg_loads__syncs
        on
            sync_endpoints.source = stg_loads__syncs.source
            and sync_endpoints._dlt_load_id = stg_loads__syncs.load_id
)

select * from final
