with syncs as (
    {{ rows_of_all_sources('syncs', [
        '_dlt_load_id', 'synced_at', 'started_at', 'mode', 'requests', 'rows_new',
        'rows_changed', 'rows_deleted', 'rows_quarantined',
    ]) }}
),

load_packages as (
    {{ rows_of_all_sources('_dlt_loads', ['load_id', 'status', 'inserted_at']) }}
),

final as (
    select
        -- keys
        syncs.source,
        syncs.kind,
        syncs._dlt_load_id as load_id,

        -- when
        syncs.synced_at,
        syncs.started_at,
        cast(load_packages.inserted_at as {{ timestamp_type() }}) as loaded_at,

        -- what it did
        syncs.mode,
        syncs.requests,
        syncs.rows_new,
        syncs.rows_changed,
        syncs.rows_deleted,
        syncs.rows_quarantined
    from syncs
    inner join load_packages
        on
            syncs.source = load_packages.source
            and syncs._dlt_load_id = load_packages.load_id
            and load_packages.status = 0
)

select * from final
