with int_event_days_by_load as (
    select * from {{ ref('int_event_days_by_load') }}
),

final as (
    select
        load_id,
        event_date
    from int_event_days_by_load
)

select * from final
