with int_cost_days_by_load as (
    select * from {{ ref('int_cost_days_by_load') }}
),

-- Whether a day is reconciled with the one before or after rests on the errors of two days before
-- it and one after it.
days_concerned as (
    select
        load_id,
        {{ dbt.dateadd('day', -1, 'event_date') }} as event_date
    from int_cost_days_by_load
    union all
    select
        load_id,
        event_date
    from int_cost_days_by_load
    union all
    select
        load_id,
        {{ dbt.dateadd('day', 1, 'event_date') }} as event_date
    from int_cost_days_by_load
    union all
    select
        load_id,
        {{ dbt.dateadd('day', 2, 'event_date') }} as event_date
    from int_cost_days_by_load
),

final as (
    select distinct
        load_id,
        cast(event_date as date) as event_date
    from days_concerned
)

select * from final
