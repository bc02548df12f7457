with fct_quarantined_rows_by_field as (
    select * from {{ ref('fct_quarantined_rows_by_field') }}
),

final as (
    select
        source,
        source_table,
        field,
        quarantined_rows,
        files,
        example_file,
        first_observed_at,
        last_observed_at
    from fct_quarantined_rows_by_field
)

select * from final
