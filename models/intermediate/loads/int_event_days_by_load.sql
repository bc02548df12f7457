{{ config(materialized='view') }}

with stg_app_events__events as (
    select * from {{ ref('stg_app_events__events') }}
),

int_repeated_event_rows as (
    select * from {{ ref('int_repeated_event_rows') }}
),

-- A new copy of an event may take it away from the day of an older copy, and an event of the app a
-- call from the day of its span.
days_of_other_copies as (
    select
        new_copies.load_id,
        other_copies.event_date
    from int_repeated_event_rows as new_copies
    inner join int_repeated_event_rows as other_copies
        on
            new_copies.shared = other_copies.shared
            and new_copies.shared_id = other_copies.shared_id
),

final as (
    select
        load_id,
        event_date
    from stg_app_events__events
    union distinct
    select
        load_id,
        event_date
    from days_of_other_copies
)

select * from final
