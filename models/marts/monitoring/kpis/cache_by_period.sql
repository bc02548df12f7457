with cache_by_day as (
    select * from {{ ref('cache_by_day') }}
),

grains as (
    select 'day' as period_grain
    union all
    select 'week' as period_grain
    union all
    select 'month' as period_grain
),

final as (
    select
        grains.period_grain,
        cast({{ period_of('grains.period_grain', 'cache_by_day.date') }} as date) as period_start,
        cast(sum(cache_by_day.requests) as bigint) as requests,
        cast(sum(cache_by_day.hits) as bigint) as hits,
        cast(sum(cache_by_day.saved_usd) as decimal(38, 9)) as saved_usd,
        {{ is_running_period(
            'grains.period_grain', period_of('grains.period_grain', 'cache_by_day.date')
        ) }} as is_provisional
    from cache_by_day
    cross join grains
    group by
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cache_by_day.date') }}
)

select * from final
