with active_users_by_month as (
    select * from {{ ref('active_users_by_month') }}
),

cache_by_day as (
    select * from {{ ref('cache_by_day') }}
),

usage_by_service_month as (
    select * from {{ ref('usage_by_service_month') }}
),

adoption_by_plan_month as (
    select * from {{ ref('adoption_by_plan_month') }}
),

acquisition_by_channel_month as (
    select * from {{ ref('acquisition_by_channel_month') }}
),

allowance_by_customer_month as (
    select * from {{ ref('allowance_by_customer_month') }}
),

grains as (
    select 'day' as period_grain
    union all
    select 'week' as period_grain
    union all
    select 'month' as period_grain
),

users as (
    select
        'month' as period_grain,
        month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        active_users,
        new_users,
        active_customers,
        user_growth,
        users_lost,
        users_30_days_before,
        usage_churn_rate,
        is_provisional
    from active_users_by_month
),

cache as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cache_by_day.date') }} as period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(cache_by_day.requests) as requests,
        sum(cache_by_day.hits) as hits,
        sum(cache_by_day.saved_usd) as saved_usd,
        {{ is_running_period(
            'grains.period_grain', period_of('grains.period_grain', 'cache_by_day.date')
        ) }} as is_provisional
    from cache_by_day
    cross join grains
    group by
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cache_by_day.date') }}
),

services as (
    select
        'month' as period_grain,
        month as period_start,
        'service' as dimension,
        service as dimension_value,
        popularity,
        growth,
        uptime,
        events,
        calls,
        errors,
        error_rate,
        p95_response_time_ms,
        users,
        cost_usd,
        infrastructure_cost_usd,
        cost_usd_per_active_user,
        infrastructure_cost_usd_per_active_user,
        is_provisional
    from usage_by_service_month
),

plans as (
    select
        'month' as period_grain,
        month as period_start,
        'plan' as dimension,
        product_id as dimension_value,
        customers,
        active_customers,
        adoption_rate,
        calls,
        calls_per_active_customer,
        is_provisional
    from adoption_by_plan_month
),

channels as (
    select
        'month' as period_grain,
        month as period_start,
        'channel' as dimension,
        acquisition_channel as dimension_value,
        signups,
        new_customers,
        spend_usd,
        is_provisional
    from acquisition_by_channel_month
),

acquisition as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(signups) as signups,
        sum(new_customers) as new_customers,
        sum(spend_usd) as spend_usd,
        is_provisional
    from channels
    group by
        period_grain,
        period_start,
        is_provisional
),

allowances as (
    select
        'month' as period_grain,
        month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(case
            when overage_calls > 0 then 1
            when overage_calls is not null or allowance is null then 0
        end) as customers_above,
        sum(overage_usd) as overage_usd,
        count(overage_calls) as customers_limited,
        is_provisional
    from allowance_by_customer_month
    group by
        month,
        is_provisional
),

final as (
    {{ kpi_rows(['users', 'cache', 'services', 'plans', 'acquisition', 'channels', 'allowances']) }}
)

select * from final
