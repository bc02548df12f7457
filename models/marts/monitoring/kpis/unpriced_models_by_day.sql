with cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

numbers as (
    {{ dbt.generate_series(730) }}
),

-- Two years of days.
days as (
    select
        cast({{ dbt.dateadd(
            'day', '1 - cast(generated_number as integer)', last_day_begun()
        ) }} as date) as day_start
    from numbers
),

-- A model without a price stays on the list for 30 days, whether it is used every day or not.
final as (
    select
        days.day_start as date,
        count(distinct unpriced_model_days.model_id) as unpriced_models,
        {{ is_running_day('days.day_start') }} as is_provisional
    from days
    inner join (select min(date) as first_date from cost_by_model_day) as history
        on days.day_start >= history.first_date
    left join cost_by_model_day as unpriced_model_days
        on
            unpriced_model_days.unpriced_event_calls > 0
            and days.day_start >= unpriced_model_days.date
            and days.day_start
            < cast({{ dbt.dateadd('day', 30, 'unpriced_model_days.date') }} as date)
    group by days.day_start
)

select * from final
