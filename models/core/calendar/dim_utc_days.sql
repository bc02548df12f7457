{% set first_day = "cast('2012-01-01' as date)" %}

with day_numbers as (
    select cast(numbers.generated_number as integer) - 1 as days_after
    from ({{ dbt.generate_series(12000) }}) as numbers
),

days as (
    select cast({{ dbt.dateadd('day', 'days_after', first_day) }} as date) as day
    from day_numbers
),

final as (
    select
        day,
        {{ week_of('day') }} as week_start,
        {{ month_of('day') }} as month_start,
        {{ quarter_of('day') }} as quarter_start,
        {{ weekday_of('day') }} as weekday
    from days
)

select * from final
