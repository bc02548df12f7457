with raw_syncs as (
    {{ trusted_rows('app_events', 'syncs') }}
),

load_packages as (
    select * from {{ source('app_events', '_dlt_loads') }}
),

stg_app_events__event_files as (
    select * from {{ ref('stg_app_events__event_files') }}
),

-- a load counts its rows while it reads the files, after its sync was written down
rows_by_load as (
    select
        load_id,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(rows_quarantined) as bigint) as rows_quarantined
    from stg_app_events__event_files
    group by load_id
),

final as (
    select
        raw_syncs._dlt_load_id as load_id,
        raw_syncs.synced_at,
        raw_syncs.started_at,
        cast(load_packages.inserted_at as {{ timestamp_type() }}) as loaded_at,
        raw_syncs.mode,
        raw_syncs.requests,
        coalesce(raw_syncs.rows_new, rows_by_load.rows_loaded, 0) as rows_new,
        coalesce(raw_syncs.rows_changed, 0) as rows_changed,
        coalesce(raw_syncs.rows_deleted, 0) as rows_deleted,
        coalesce(raw_syncs.rows_quarantined, rows_by_load.rows_quarantined, 0) as rows_quarantined
    from raw_syncs
    inner join load_packages
        on
            raw_syncs._dlt_load_id = load_packages.load_id
            and load_packages.status = 0
    left join rows_by_load
        on raw_syncs._dlt_load_id = rows_by_load.load_id
)

select * from final
