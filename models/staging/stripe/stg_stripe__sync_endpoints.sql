with raw_sync_endpoints as (
    {{ trusted_rows('stripe', 'sync_endpoints') }}
),

final as (
    select
        _dlt_load_id as load_id,
        endpoint,
        status,
        reason,
        objects_read,
        is_complete
    from raw_sync_endpoints
)

select * from final
