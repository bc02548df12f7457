with int_loads as (
    select * from {{ ref('int_loads') }}
),

skipped_endpoints as (
    select
        source,
        load_id,
        count(*) as skipped_endpoints
    from {{ ref('int_load_endpoints') }}
    where status = 'skipped'
    group by
        source,
        load_id
),

final as (
    select
        -- keys
        int_loads.source,
        int_loads.load_id,

        -- when
        int_loads.synced_at,
        int_loads.started_at,
        int_loads.loaded_at,

        -- what it did
        int_loads.mode,
        int_loads.requests,
        int_loads.rows_new,
        int_loads.rows_changed,
        int_loads.rows_deleted,
        int_loads.rows_quarantined,
        cast(coalesce(skipped_endpoints.skipped_endpoints, 0) as bigint) as skipped_endpoints,
        int_loads.is_last
    from int_loads
    left join skipped_endpoints
        on
            int_loads.source = skipped_endpoints.source
            and int_loads.load_id = skipped_endpoints.load_id
)

select * from final
