{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_llm_usage_by_day',
}) }}

with calls_of_touched_days as (
    select
        event_date,
        response_time_ms,
        coalesce(is_cache_hit, false) as is_cache_hit,
        {{ stated_cache_size() }} as cache_size_bytes
    from {{ ref('int_app_events') }}
    where
        event_type = 'llm_request'
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

response_times as (
    select
        event_date,
        count(case when is_cache_hit then response_time_ms end) as timed_hits,
        count(case when not is_cache_hit then response_time_ms end) as timed_misses,
        sum(case when is_cache_hit then response_time_ms end) as hit_response_time_ms,
        sum(case when not is_cache_hit then response_time_ms end) as miss_response_time_ms,
        {{ percentile('case when is_cache_hit then response_time_ms end', 0.5) }}
            as p50_hit_response_time_ms,
        {{ percentile('case when is_cache_hit then response_time_ms end', 0.95) }}
            as p95_hit_response_time_ms,
        {{ percentile('case when not is_cache_hit then response_time_ms end', 0.5) }}
            as p50_miss_response_time_ms,
        {{ percentile('case when not is_cache_hit then response_time_ms end', 0.95) }}
            as p95_miss_response_time_ms,
        max(case when cache_size_bytes >= 0 then cache_size_bytes end) as cache_size_bytes
    from calls_of_touched_days
    group by event_date
),

usage_of_touched_days as (
    select
        cost_date,
        sum(calls) as requests,
        sum(cache_hits) as hits,
        sum(unpriced_cache_hits) as unpriced_hits,
        sum(cache_saved_usd) as saved_usd
    from {{ ref('int_llm_usage_by_day') }}
    where {{ in_touched_days('cost_date', ref('int_event_days_by_load')) }}
    group by cost_date
),

final as (
    select
        response_times.event_date as date,
        cast(usage_of_touched_days.requests as bigint) as requests,
        cast(usage_of_touched_days.hits as bigint) as hits,
        cast(usage_of_touched_days.unpriced_hits as bigint) as unpriced_hits,
        cast(usage_of_touched_days.saved_usd as decimal(38, 9)) as saved_usd,
        cast(response_times.timed_hits as bigint) as timed_hits,
        cast(response_times.timed_misses as bigint) as timed_misses,
        cast(response_times.hit_response_time_ms as decimal(38, 3)) as hit_response_time_ms,
        cast(response_times.miss_response_time_ms as decimal(38, 3)) as miss_response_time_ms,
        response_times.p50_hit_response_time_ms,
        response_times.p95_hit_response_time_ms,
        response_times.p50_miss_response_time_ms,
        response_times.p95_miss_response_time_ms,
        cast(response_times.cache_size_bytes as bigint) as cache_size_bytes
    from response_times
    inner join usage_of_touched_days
        on response_times.event_date = usage_of_touched_days.cost_date
)

select * from final
