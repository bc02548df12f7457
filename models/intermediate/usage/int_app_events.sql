with stg_app_events__events as (
    select * from {{ ref('stg_app_events__events') }}
),

int_superseded_event_rows as (
    select * from {{ ref('int_superseded_event_rows') }}
),

final as (
    select stg_app_events__events.*
    from stg_app_events__events
    where
        -- A load counts from when its repeated rows are known.
        stg_app_events__events.load_id in ({{ loads_taken_in_by('int_repeated_event_rows') }})
        and not exists (
            select 1
            from int_superseded_event_rows
            where
                int_superseded_event_rows.event_id = stg_app_events__events.event_id
                and int_superseded_event_rows.load_id = stg_app_events__events.load_id
                and int_superseded_event_rows.source_file = stg_app_events__events.source_file
                and int_superseded_event_rows.source_line = stg_app_events__events.source_line
        )
)

select * from final
