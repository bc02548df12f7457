with fct_service_usage_by_month as (
    select * from {{ ref('fct_service_usage_by_month') }}
),

fct_service_costs_by_month as (
    select * from {{ ref('fct_service_costs_by_month') }}
),

dim_features as (
    select * from {{ ref('dim_features') }}
),

-- A service has a unit where all its features that have one have the same.
units_of_services as (
    select
        service,
        {{ if_one('unit') }} as unit_type
    from dim_features
    where service is not null
    group by service
),

services_and_months as (
    select
        month,
        service
    from fct_service_usage_by_month
    union distinct
    select
        month,
        service
    from fct_service_costs_by_month
),

joined as (
    select
        services_and_months.month,
        services_and_months.service,
        coalesce(fct_service_usage_by_month.events, 0) as events,
        coalesce(fct_service_usage_by_month.calls, 0) as calls,
        case
            when fct_service_usage_by_month.calls is null then 0
            else fct_service_usage_by_month.errors
        end as errors,
        case
            when fct_service_usage_by_month.calls is null then 0
            else fct_service_usage_by_month.server_errors
        end as server_errors,
        fct_service_usage_by_month.timed_calls,
        fct_service_usage_by_month.response_time_ms,
        fct_service_usage_by_month.p50_response_time_ms,
        fct_service_usage_by_month.p95_response_time_ms,
        coalesce(fct_service_usage_by_month.llm_calls, 0) as llm_calls,
        coalesce(fct_service_usage_by_month.feature_uses, 0) as feature_uses,
        coalesce(fct_service_usage_by_month.units, 0) as units,
        coalesce(fct_service_usage_by_month.users, 0) as users,
        coalesce(fct_service_usage_by_month.customers, 0) as customers,
        coalesce(fct_service_costs_by_month.ai_cost_usd, 0) as ai_cost_usd,
        fct_service_costs_by_month.infrastructure_cost_usd,
        case
            when services_and_months.service <> '__unknown__' then fct_service_usage_by_month.events
        end as events_of_known_service,
        lag(coalesce(fct_service_usage_by_month.events, 0)) over (
            partition by services_and_months.service order by services_and_months.month
        ) as events_before,
        lag(services_and_months.month) over (
            partition by services_and_months.service order by services_and_months.month
        ) as month_before
    from services_and_months
    left join fct_service_usage_by_month
        on
            services_and_months.month = fct_service_usage_by_month.month
            and services_and_months.service = fct_service_usage_by_month.service
    left join fct_service_costs_by_month
        on
            services_and_months.month = fct_service_costs_by_month.month
            and services_and_months.service = fct_service_costs_by_month.service
),

compared as (
    select
        *,
        sum(events_of_known_service) over (partition by month) as events_of_known_services,
        case
            when events_of_known_service is not null then rank() over (
                partition by month order by events_of_known_service desc nulls last
            )
        end as popularity_rank,
        -- growth is of complete months only, against the month right before
        case
            when
                not {{ is_running_month('month') }}
                and month_before = cast({{ dbt.dateadd('month', -1, 'month') }} as date)
                then events_before
        end as events_a_month_before
    from joined
),

final as (
    select
        compared.month,
        compared.service,
        cast(events as bigint) as events,
        {{ ratio('events_of_known_service', 'events_of_known_services') }} as popularity,
        cast(popularity_rank as bigint) as popularity_rank,
        {{ ratio('events - events_a_month_before', 'events_a_month_before') }} as growth,
        cast(calls as bigint) as calls,
        cast(errors as bigint) as errors,
        {{ ratio('errors', 'calls') }} as error_rate,
        {{ ratio('calls - server_errors', 'calls') }} as uptime,
        cast({{ exact_divide('response_time_ms', 'timed_calls', 3) }} as decimal(18, 3))
            as mean_response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        {{ ratio('calls', minutes_elapsed_of_month('month')) }} as requests_per_minute,
        cast(llm_calls as bigint) as llm_calls,
        cast(feature_uses as bigint) as feature_uses,
        cast(units as decimal(28, 6)) as units,
        units_of_services.unit_type,
        cast(users as bigint) as users,
        cast(customers as bigint) as customers,
        cast(ai_cost_usd as decimal(38, 9)) as ai_cost_usd,
        cast(infrastructure_cost_usd as decimal(38, 9)) as infrastructure_cost_usd,
        cast(ai_cost_usd + coalesce(infrastructure_cost_usd, 0) as decimal(38, 9)) as cost_usd,
        {{ ratio(
            'ai_cost_usd + coalesce(infrastructure_cost_usd, 0)',
            'sum(ai_cost_usd + coalesce(infrastructure_cost_usd, 0)) over (partition by month)'
        ) }} as cost_share,
        {{ exact_divide('ai_cost_usd + coalesce(infrastructure_cost_usd, 0)', 'users') }}
            as cost_usd_per_active_user,
        {{ exact_divide('infrastructure_cost_usd', 'users') }}
            as infrastructure_cost_usd_per_active_user,
        {{ exact_divide('ai_cost_usd + coalesce(infrastructure_cost_usd, 0)', 'units') }}
            as cost_usd_per_unit,
        {{ is_running_month('month') }} as is_provisional
    from compared
    left join units_of_services
        on compared.service = units_of_services.service
)

select * from final
