{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('month'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'month',
        'days_by_load': 'fct_event_days_by_load',
        'loads_of': ['app_events'],
        'after': 'int_repeated_event_rows',
        'whole_months': true,
        'references': ['features'],
    }
) }}

with events_of_touched_months as (
    select *
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('fct_event_days_by_load')) }}
),

features as (
    select * from {{ ref('features') }}
),

final as (
    select
        {{ month_of('events_of_touched_months.event_date') }} as month,
        coalesce(events_of_touched_months.customer_id, '__unattributed__') as app_customer_id,
        coalesce(events_of_touched_months.service, features.service, '__unknown__') as service,
        cast(count(*) as bigint) as events,
        {{ count_of_type('api_request') }} as calls,
        {{ count_of_type('llm_request') }} as llm_calls,
        {{ count_of_type('feature_use') }} as feature_uses,
        cast(sum(
            case
                when events_of_touched_months.event_type = 'feature_use'
                    then coalesce(events_of_touched_months.quantity, 1)
                else 0
            end
        ) as decimal(28, 6)) as units,
        cast(count(distinct events_of_touched_months.user_id) as bigint) as users
    from events_of_touched_months
    left join features
        on events_of_touched_months.feature_id = features.feature_id
    group by
        {{ month_of('events_of_touched_months.event_date') }},
        coalesce(events_of_touched_months.customer_id, '__unattributed__'),
        coalesce(events_of_touched_months.service, features.service, '__unknown__')
)

select * from final
