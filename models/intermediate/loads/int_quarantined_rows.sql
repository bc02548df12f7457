with stg_loads__quarantined_rows as (
    select * from {{ ref('stg_loads__quarantined_rows') }}
),

final as (
    select
        source,
        load_id,
        observed_at,
        source_table,
        record_id,
        source_file,
        source_line,
        field,
        reason
    from stg_loads__quarantined_rows
)

select * from final
