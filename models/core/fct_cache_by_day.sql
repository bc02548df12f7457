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
        'after': 'int_repeated_event_rows',
        'references': ['int_llm_rate_bands', 'model_aliases'],
    }
) }}

-- depends_on: {{ ref('int_llm_rate_bands') }}
-- depends_on: {{ ref('model_aliases') }}
with calls_of_touched_days as (
    select *
    from {{ ref('int_llm_calls_priced') }}
    where {{ in_touched_days('occurred_at', ref('fct_event_days_by_load')) }}
),

final as (
    select
        cost_date as date,
        cast(count(*) as bigint) as requests,
        cast(sum(case when is_cache_hit then 1 else 0 end) as bigint) as hits,
        cast(sum(
            case when is_cache_hit and cache_saved_nano is null then 1 else 0 end
        ) as bigint) as unpriced_hits,
        {{ from_nano('coalesce(sum(cache_saved_nano), 0)') }} as saved_usd,
        cast(count(case when is_cache_hit then response_time_ms end) as bigint) as timed_hits,
        cast(count(case when not is_cache_hit then response_time_ms end) as bigint)
            as timed_misses,
        cast(sum(case when is_cache_hit then response_time_ms end) as decimal(38, 3))
            as hit_response_time_ms,
        cast(sum(case when not is_cache_hit then response_time_ms end) as decimal(38, 3))
            as miss_response_time_ms,
        {{ percentile('case when is_cache_hit then response_time_ms end', 0.5) }}
            as p50_hit_response_time_ms,
        {{ percentile('case when is_cache_hit then response_time_ms end', 0.95) }}
            as p95_hit_response_time_ms,
        {{ percentile('case when not is_cache_hit then response_time_ms end', 0.5) }}
            as p50_miss_response_time_ms,
        {{ percentile('case when not is_cache_hit then response_time_ms end', 0.95) }}
            as p95_miss_response_time_ms
    from calls_of_touched_days
    group by cost_date
)

select * from final
