with int_quarantined_rows as (
    select * from {{ ref('int_quarantined_rows') }}
),

-- A row that could not be read at all has no field of its own.
named as (
    select
        source,
        source_file,
        observed_at,
        coalesce(source_table, '__unknown__') as source_table,
        coalesce(field, '__row__') as field
    from int_quarantined_rows
),

final as (
    select
        source,
        source_table,
        field,
        cast(count(*) as bigint) as quarantined_rows,
        count(distinct source_file) as files,
        max(source_file) as example_file,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at
    from named
    group by
        source,
        source_table,
        field
)

select * from final
