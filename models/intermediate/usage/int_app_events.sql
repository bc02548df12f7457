with stg_app_events__events as (
    select * from {{ ref('stg_app_events__events') }}
),

int_superseded_event_rows as (
    select * from {{ ref('int_superseded_event_rows') }}
),

final as (
    select stg_app_events__events.*
    from stg_app_events__events
    left join int_superseded_event_rows
        on
            stg_app_events__events.load_id = int_superseded_event_rows.load_id
            and stg_app_events__events.source_file = int_superseded_event_rows.source_file
            and stg_app_events__events.source_line = int_superseded_event_rows.source_line
    where
        int_superseded_event_rows.source_line is null
        -- A load counts from when its repeated rows are known.
        and stg_app_events__events.load_id in (
            {{ loads_taken_in_by('int_repeated_event_rows') }}
        )
)

select * from final
