with raw_event_files as (
    {{ trusted_rows('app_events', 'event_files') }}
),

final as (
    select
        file as source_file,
        _dlt_load_id as load_id,
        size as size_bytes,
        modified_at,
        format as file_format,
        rows_loaded,
        rows_quarantined
    from raw_event_files
)

select * from final
