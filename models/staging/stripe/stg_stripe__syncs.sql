with raw_syncs as (
    {{ trusted_rows('stripe', 'syncs') }}
),

load_packages as (
    select * from {{ source('stripe', '_dlt_loads') }}
),

final as (
    select
        raw_syncs._dlt_load_id as load_id,
        raw_syncs.synced_at,
        raw_syncs.started_at,
        cast(load_packages.inserted_at as {{ timestamp_type() }}) as loaded_at,
        raw_syncs.mode,
        raw_syncs.requests,
        raw_syncs.rows_new,
        raw_syncs.rows_changed,
        raw_syncs.rows_deleted,
        raw_syncs.rows_quarantined
    from raw_syncs
    inner join load_packages
        on
            raw_syncs._dlt_load_id = load_packages.load_id
            and load_packages.status = 0
)

select * from final
