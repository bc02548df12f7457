{{ config(
    materialized='incremental',
    incremental_strategy=new_rows_strategy(),
    on_schema_change=whole_days_schema_change(),
    post_hook="{{ remember_loads() }}",
    meta={
        'loads_of': ['app_events'],
        'rules': ['calls_told_twice', 'llm_calls_reach_a_provider', 'bills_of_all_tokens'],
    }
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

-- A call has one id at its provider, which a span of it and an event of the app both may tell.
calls_with_new_ids as (
    select
        event_id,
        load_id,
        source_file,
        source_line,
        event_date,
        request_id,
        app_customer_id,
        {{ is_span_id('event_id') }} as is_span
    from {{ ref('stg_app_events__events') }}
    where
        event_type = 'llm_request'
        and request_id is not null
        and {{ is_touched_by_new_loads('request_id', ref('stg_app_events__events')) }}
),

calls_told_by_spans as (
    select request_id
    from calls_with_new_ids
    group by request_id
    having count(distinct event_id) > 1 and max(case when is_span then 1 else 0 end) = 1
),

rows_of_both as (
    select
        event_id as shared_id,
        'event_id' as shared,
        event_id,
        load_id,
        source_file,
        source_line,
        event_date,
        cast(null as boolean) as is_span,
        cast(null as boolean) as has_customer
    from copies_of_new_events
    where event_id in (select ids_repeated.event_id from ids_repeated)
    union all
    select
        request_id as shared_id,
        'request_id' as shared,
        event_id,
        load_id,
        source_file,
        source_line,
        event_date,
        is_span,
        app_customer_id is not null as has_customer
    from calls_with_new_ids
    where request_id in (select calls_told_by_spans.request_id from calls_told_by_spans)
),

final as (
    select *
    from rows_of_both
    where
        {{ is_not_there_yet(
            'rows_of_both', ['shared', 'event_id', 'load_id', 'source_file', 'source_line']
        ) }}
)

select * from final
