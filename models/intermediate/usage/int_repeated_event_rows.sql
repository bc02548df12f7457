{{ config(
    materialized='incremental',
    incremental_strategy=new_rows_strategy(),
    on_schema_change=whole_days_schema_change(),
    post_hook="{{ remember_loads() }}",
    meta={'loads_of': ['app_events']}
) }}

-- Of all history only the copies of events that new rows carry. The view stands in both places by
-- itself: a CTE read twice is kept as a whole, which is all history.
with copies_of_new_events as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date
    from {{ ref('stg_app_events__events') }}
    where {{ is_touched_by_new_loads('event_id', ref('stg_app_events__events')) }}
),

ids_repeated as (
    select event_id
    from copies_of_new_events
    group by event_id
    having count(*) > 1
),

final as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date
    from copies_of_new_events
    where
        event_id in (select ids_repeated.event_id from ids_repeated)
        and {{ is_not_there_yet(
            'copies_of_new_events', ['event_id', 'load_id', 'source_file', 'source_line']
        ) }}
)

select * from final
