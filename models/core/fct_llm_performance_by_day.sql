{{ config(
    materialized='incremental',
    incremental_strategy=whole_days_strategy(),
    on_schema_change=whole_days_schema_change(),
    partition_by=whole_days_partition('date'),
    post_hook="{{ remember_loads() }}",
    meta={
        'day': 'date',
        'days_by_load': 'fct_event_days_by_load',
        'loads_of': ['app_events'],
        'after': 'int_llm_usage_by_day',
        'references': ['int_llm_rate_bands', 'model_aliases'],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
with calls_of_touched_days as (
    select
        event_date,
        model,
        status_code,
        response_time_ms,
        coalesce(lower(provider), 'openai') as called_provider
    from {{ ref('int_app_events') }}
    where
        event_type = 'llm_request'
        and {{ in_touched_days('occurred_at', ref('fct_event_days_by_load')) }}
),

-- the model that each name was resolved to when it was priced
names_resolved as (
    select distinct
        provider,
        model,
        model_id
    from {{ ref('int_llm_usage_by_day') }}
    where {{ in_touched_days('cost_date', ref('fct_event_days_by_load')) }}
),

final as (
    select
        calls_of_touched_days.event_date as date,
        calls_of_touched_days.called_provider as provider,
        coalesce(names_resolved.model_id, '__no_model__') as model_id,
        cast(count(*) as bigint) as calls,
        cast(sum(
            case when calls_of_touched_days.status_code >= 400 then 1 else 0 end
        ) as bigint) as errors,
        cast(count(calls_of_touched_days.response_time_ms) as bigint) as timed_calls,
        cast(sum(calls_of_touched_days.response_time_ms) as decimal(38, 3)) as response_time_ms,
        {{ percentile('calls_of_touched_days.response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('calls_of_touched_days.response_time_ms', 0.95) }} as p95_response_time_ms
    from calls_of_touched_days
    left join names_resolved
        on
            calls_of_touched_days.called_provider = names_resolved.provider
            and calls_of_touched_days.model = names_resolved.model
    group by
        calls_of_touched_days.event_date,
        calls_of_touched_days.called_provider,
        coalesce(names_resolved.model_id, '__no_model__')
)

select * from final
