with stg_loads__syncs as (
    select * from {{ ref('stg_loads__syncs') }}
),

stg_app_events__event_files as (
    select * from {{ ref('stg_app_events__event_files') }}
),

-- A load of files counts their rows while it reads them, after its sync was written down.
rows_of_files as (
    select
        load_id,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(rows_quarantined) as bigint) as rows_quarantined
    from stg_app_events__event_files
    group by load_id
),

final as (
    select
        stg_loads__syncs.source,
        stg_loads__syncs.kind,
        stg_loads__syncs.load_id,
        stg_loads__syncs.synced_at,
        stg_loads__syncs.started_at,
        stg_loads__syncs.loaded_at,
        stg_loads__syncs.mode,
        stg_loads__syncs.requests,
        coalesce(stg_loads__syncs.rows_new, rows_of_files.rows_loaded, 0) as rows_new,
        coalesce(stg_loads__syncs.rows_changed, 0) as rows_changed,
        coalesce(stg_loads__syncs.rows_deleted, 0) as rows_deleted,
        coalesce(stg_loads__syncs.rows_quarantined, rows_of_files.rows_quarantined, 0)
            as rows_quarantined,
        row_number() over (
            partition by stg_loads__syncs.source order by stg_loads__syncs.load_id desc
        ) = 1 as is_last
    from stg_loads__syncs
    left join rows_of_files
        on stg_loads__syncs.load_id = rows_of_files.load_id
)

select * from final
