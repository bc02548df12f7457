{{ rebuilt_by_day({
    'day': 'usage_date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
}) }}

with uses_of_touched_days as (
    select *
    from {{ ref('int_app_events') }}
    where
        event_type in ('feature_use', 'llm_request')
        and feature_id is not null
        and app_customer_id is not null
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

final as (
    select
        event_date as usage_date,
        app_customer_id,
        feature_id,
        {{ count_of_type('feature_use') }} as feature_uses,
        cast(sum(coalesce(quantity, 1)) as decimal(28, 6)) as quantity
    from uses_of_touched_days
    group by
        event_date,
        app_customer_id,
        feature_id
)

select * from final
