with fct_service_performance_by_month as (
    select * from {{ ref('fct_service_performance_by_month') }}
),

fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

dim_features as (
    select * from {{ ref('dim_features') }}
),

cost_by_feature_day as (
    select * from {{ ref('cost_by_feature_day') }}
),

usage_by_service as (
    select
        month,
        service,
        sum(events) as events,
        sum(llm_calls) as llm_calls,
        sum(feature_uses) as feature_uses,
        sum(units) as units,
        sum(users) as users,
        sum(case when customer_id <> '__unattributed__' then 1 else 0 end) as customers
    from fct_usage_by_customer_month
    group by
        month,
        service
),

infrastructure_by_service as (
    select
        {{ month_of('month') }} as month,
        service,
        sum(amount_usd) as infrastructure_cost_usd
    from fct_other_costs
    where category = 'infrastructure' and {{ month_of('month') }} < {{ as_of_timestamp() }}
    group by
        {{ month_of('month') }},
        service
),

ai_cost_by_service as (
    select
        {{ month_of('cost_by_feature_day.date') }} as month,
        dim_features.service,
        sum(cost_by_feature_day.cost_usd) as ai_cost_usd
    from cost_by_feature_day
    inner join dim_features
        on cost_by_feature_day.feature_id = dim_features.feature_id
    where dim_features.service is not null
    group by
        {{ month_of('cost_by_feature_day.date') }},
        dim_features.service
),

services_and_months as (
    select
        month,
        service
    from usage_by_service
    union distinct
    select
        month,
        service
    from infrastructure_by_service
    union distinct
    select
        month,
        service
    from ai_cost_by_service
),

joined as (
    select
        services_and_months.month,
        services_and_months.service,
        coalesce(usage_by_service.events, 0) as events,
        coalesce(fct_service_performance_by_month.calls, 0) as calls,
        coalesce(fct_service_performance_by_month.errors, 0) as errors,
        coalesce(fct_service_performance_by_month.server_errors, 0) as server_errors,
        fct_service_performance_by_month.timed_calls,
        fct_service_performance_by_month.response_time_ms,
        fct_service_performance_by_month.p50_response_time_ms,
        fct_service_performance_by_month.p95_response_time_ms,
        coalesce(usage_by_service.llm_calls, 0) as llm_calls,
        coalesce(usage_by_service.feature_uses, 0) as feature_uses,
        coalesce(usage_by_service.units, 0) as units,
        coalesce(usage_by_service.users, 0) as users,
        coalesce(usage_by_service.customers, 0) as customers,
        coalesce(ai_cost_by_service.ai_cost_usd, 0) as ai_cost_usd,
        coalesce(infrastructure_by_service.infrastructure_cost_usd, 0)
            as infrastructure_cost_usd,
        case when services_and_months.service <> '__unknown__' then usage_by_service.events end
            as events_of_known_service,
        lag(coalesce(usage_by_service.events, 0)) over (
            partition by services_and_months.service order by services_and_months.month
        ) as events_before,
        lag(services_and_months.month) over (
            partition by services_and_months.service order by services_and_months.month
        ) as month_before
    from services_and_months
    left join usage_by_service
        on
            services_and_months.month = usage_by_service.month
            and services_and_months.service = usage_by_service.service
    left join fct_service_performance_by_month
        on
            services_and_months.month = fct_service_performance_by_month.month
            and services_and_months.service = fct_service_performance_by_month.service
    left join infrastructure_by_service
        on
            services_and_months.month = infrastructure_by_service.month
            and services_and_months.service = infrastructure_by_service.service
    left join ai_cost_by_service
        on
            services_and_months.month = ai_cost_by_service.month
            and services_and_months.service = ai_cost_by_service.service
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
        month,
        service,
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
        cast(users as bigint) as users,
        cast(customers as bigint) as customers,
        cast(ai_cost_usd as decimal(38, 9)) as ai_cost_usd,
        cast(infrastructure_cost_usd as decimal(38, 9)) as infrastructure_cost_usd,
        cast(ai_cost_usd + infrastructure_cost_usd as decimal(38, 9)) as cost_usd,
        {{ exact_divide('ai_cost_usd + infrastructure_cost_usd', 'users') }}
            as cost_usd_per_active_user,
        {{ exact_divide('infrastructure_cost_usd', 'users') }}
            as infrastructure_cost_usd_per_active_user,
        {{ exact_divide('ai_cost_usd + infrastructure_cost_usd', 'units') }} as cost_usd_per_unit,
        {{ is_running_month('month') }} as is_provisional
    from compared
)

select * from final
