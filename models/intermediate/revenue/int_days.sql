{{ config(materialized='table') }}

with day_numbers as (
    {{ dbt.generate_series(12000) }}
),

final as (
    select
        cast({{ dbt.dateadd('day', 'cast(generated_number as integer) - 1', "cast('2012-01-01' as date)") }} as date)
            as day
    from day_numbers
)

select * from final
