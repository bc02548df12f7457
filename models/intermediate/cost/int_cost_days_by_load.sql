with int_event_days_by_load as (
    select * from {{ ref('int_event_days_by_load') }}
),

int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

final as (
    select
        load_id,
        event_date
    from int_event_days_by_load
    union distinct
    select
        load_id,
        cost_date as event_date
    from int_cost_statements
)

select * from final
