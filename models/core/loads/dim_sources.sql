with int_sources as (
    select * from {{ ref('int_sources') }}
),

final as (
    select
        source,
        source_name,
        setting,
        newest_data_date
    from int_sources
)

select * from final
