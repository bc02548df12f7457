{% set first_day = "cast('2012-01-01' as date)" %}

with day_numbers as (
    select cast(numbers.generated_number as integer) - 1 as days_after
    from ({{ dbt.generate_series(12000) }}) as numbers
),

final as (
    select cast({{ dbt.dateadd('day', 'days_after', first_day) }} as date) as day
    from day_numbers
)

select * from final
