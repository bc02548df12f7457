with fct_revenue_by_day as (
    select * from {{ ref('fct_revenue_by_day') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

fct_usage_by_customer_day as (
    select * from {{ ref('fct_usage_by_customer_day') }}
),

revenue as (
    select
        customer_id,
        sum(revenue_usd) as revenue_usd
    from fct_revenue_by_day
    where {{ in_last_complete_days('revenue_date', 30) }}
    group by customer_id
),

ai_cost as (
    select
        customer_id,
        sum(cost_usd) as cost_usd
    from fct_cost_attribution
    where cost_kind = 'llm' and {{ in_last_complete_days('cost_date', 30) }}
    group by customer_id
),

llm_calls as (
    select
        customer_id,
        sum(calls - cache_hits) as llm_calls
    from fct_llm_usage_by_day
    where {{ in_last_complete_days('cost_date', 30) }}
    group by customer_id
),

used as (
    select
        customer_id,
        max(last_event_at) as last_seen_at,
        sum(case when {{ in_last_complete_days('usage_date', 30) }} then calls else 0 end)
            as api_requests,
        sum(case when {{ in_last_complete_days('usage_date', 28) }} then events else 0 end)
            as events_28d,
        sum(case when {{ in_last_complete_days('usage_date', 28, 28) }} then events else 0 end)
            as events_28d_before
    from fct_usage_by_customer_day
    group by customer_id
),

seen as (
    select customer_id from revenue
    union distinct
    select customer_id from ai_cost
    union distinct
    select customer_id from llm_calls
    union distinct
    select customer_id from used
),

final as (
    select
        seen.customer_id,
        cast(coalesce(revenue.revenue_usd, 0) as decimal(38, 9)) as revenue_usd_30d,
        cast(coalesce(ai_cost.cost_usd, 0) as decimal(38, 9)) as ai_cost_usd_30d,
        cast(coalesce(llm_calls.llm_calls, 0) as bigint) as llm_calls_30d,
        cast(coalesce(used.api_requests, 0) as bigint) as api_requests_30d,
        cast(coalesce(used.events_28d, 0) as bigint) as events_28d,
        cast(coalesce(used.events_28d_before, 0) as bigint) as events_28d_before,
        used.last_seen_at
    from seen
    left join revenue
        on seen.customer_id = revenue.customer_id
    left join ai_cost
        on seen.customer_id = ai_cost.customer_id
    left join llm_calls
        on seen.customer_id = llm_calls.customer_id
    left join used
        on seen.customer_id = used.customer_id
    where seen.customer_id is not null
)

select * from final
