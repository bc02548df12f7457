with fct_cache_by_day as (
    select * from {{ ref('fct_cache_by_day') }}
),

final as (
    select
        date,
        requests,
        hits,
        requests - hits as misses,
        {{ ratio('hits', 'requests') }} as hit_rate,
        saved_usd,
        unpriced_hits,
        {{ exact_divide('saved_usd', 'hits') }} as saved_usd_per_hit,
        cast({{ exact_divide('hit_response_time_ms', 'timed_hits', 3) }} as decimal(18, 3))
            as mean_hit_response_time_ms,
        p50_hit_response_time_ms,
        p95_hit_response_time_ms,
        cast({{ exact_divide('miss_response_time_ms', 'timed_misses', 3) }} as decimal(18, 3))
            as mean_miss_response_time_ms,
        p50_miss_response_time_ms,
        p95_miss_response_time_ms,
        cache_size_bytes,
        case when cache_size_bytes is null then 'No call of the day states cache_size_bytes' end
            as cache_size_missing,
        {{ is_running_day('date') }} as is_provisional
    from fct_cache_by_day
)

select * from final
