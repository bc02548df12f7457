with active_users_by_month as (
    select * from {{ ref('active_users_by_month') }}
),

cache_by_period as (
    select * from {{ ref('cache_by_period') }}
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

overage_by_month as (
    select * from {{ ref('overage_by_month') }}
),

users as (
    select
        'month' as period_grain,
        month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        active_users,
        new_users,
        users_ever,
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
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        requests,
        hits,
        saved_usd,
        is_provisional
    from cache_by_period
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
        customers_above,
        overage_usd,
        customers_limited,
        is_provisional
    from overage_by_month
),

final as (
    {{ kpi_rows(['users', 'cache', 'services', 'plans', 'acquisition', 'channels', 'allowances']) }}
)

select * from final
