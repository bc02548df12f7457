with paddle_syncs as (
    select * from {{ ref('stg_loads__syncs') }}
    where kind = 'paddle'
),

paddle_sync_endpoints as (
    select * from {{ ref('stg_loads__sync_endpoints') }}
    where kind = 'paddle'
),

-- Paddle keeps events for 90 days, and every sync reads all it has not read before.
final as (
    select distinct
        paddle_syncs.source as source_account,
        cast({{ dbt.dateadd('day', -90, 'paddle_syncs.synced_at') }} as {{ timestamp_type() }})
            as covered_from,
        paddle_syncs.synced_at as covered_to
    from paddle_syncs
    inner join paddle_sync_endpoints
        on
            paddle_syncs.source = paddle_sync_endpoints.source
            and paddle_syncs.load_id = paddle_sync_endpoints.load_id
    where
        paddle_sync_endpoints.endpoint = '/events'
        and paddle_sync_endpoints.status = 'loaded'
)

select * from final
