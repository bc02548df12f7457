with quarantine as (
    {{ rows_of_all_sources('quarantine', [
        '_dlt_load_id', '_observed_at', 'source_table', 'record_id', 'file', 'line', 'field',
        'reason', 'raw',
    ]) }}
),

stg_loads__syncs as (
    select * from {{ ref('stg_loads__syncs') }}
),

final as (
    select
        quarantine.source,
        quarantine.kind,
        quarantine._dlt_load_id as load_id,
        quarantine._observed_at as observed_at,
        quarantine.source_table,
        quarantine.record_id,
        quarantine.file as source_file,
        quarantine.line as source_line,
        quarantine.field,
        quarantine.reason,
        quarantine.raw
    from quarantine
    inner join stg_loads__syncs
        on
            quarantine.source = stg_loads__syncs.source
            and quarantine._dlt_load_id = stg_loads__syncs.load_id
)

select * from final
