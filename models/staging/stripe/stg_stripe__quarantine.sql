with raw_quarantine as (
    {{ trusted_rows('stripe', 'quarantine') }}
),

final as (
    select
        _dlt_load_id as load_id,
        _observed_at as observed_at,
        source_table,
        record_id,
        file as source_file,
        line as source_line,
        field,
        reason,
        raw
    from raw_quarantine
)

select * from final
