{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
}) }}

-- A name that only a superseded copy of an event used does no harm here.
with calls_of_touched_days as (
    select
        event_date,
        provider,
        model
    from {{ ref('stg_app_events__events') }}
    where
        event_type = 'llm_request'
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

final as (
    select distinct
        event_date as cost_date,
        {{ called_provider('provider') }} as called_provider,
        coalesce(model, '') as model
    from calls_of_touched_days
)

select * from final
