with int_event_days_by_load as (
    select * from {{ ref('int_event_days_by_load') }}
),

openai_statements as (
    select * from {{ ref('stg_openai__cost_statements') }}
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
    from openai_statements
)

select * from final
