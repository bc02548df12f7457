with fct_revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

measures as (
    select
        month,
        feature_id,
        revenue_usd,
        cast(0 as decimal(38, 9)) as cost_usd,
        cast(0 as decimal(38, 9)) as estimated_cost_usd,
        cast(0 as decimal(38, 9)) as other_kinds_cost_usd,
        cast(0 as bigint) as requests,
        cast(null as {{ dbt.type_string() }}) as active_customer_id
    from fct_revenue_by_month
    where revenue_usd <> 0
    union all
    select
        {{ month_of('cost_date') }} as month,
        feature_id,
        cast(0 as decimal(38, 9)) as revenue_usd,
        cost_usd,
        case when status = 'estimated' then cost_usd else cast(0 as decimal(38, 9)) end
            as estimated_cost_usd,
        case when cost_kind = 'llm' then cast(0 as decimal(38, 9)) else cost_usd end
            as other_kinds_cost_usd,
        cast(0 as bigint) as requests,
        cast(null as {{ dbt.type_string() }}) as active_customer_id
    from fct_cost_attribution
    where {{ is_cost_of_features() }}
    union all
    select
        {{ month_of('cost_date') }} as month,
        feature_id,
        cast(0 as decimal(38, 9)) as revenue_usd,
        cast(0 as decimal(38, 9)) as cost_usd,
        cast(0 as decimal(38, 9)) as estimated_cost_usd,
        cast(0 as decimal(38, 9)) as other_kinds_cost_usd,
        calls - cache_hits as requests,
        nullif(customer_id, '__unattributed__') as active_customer_id
    from fct_llm_usage_by_day
),

measures_by_feature as (
    select
        month,
        feature_id,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd) as cost_usd,
        sum(estimated_cost_usd) as estimated_cost_usd,
        sum(other_kinds_cost_usd) as other_kinds_cost_usd,
        sum(requests) as requests,
        count(distinct active_customer_id) as active_customers
    from measures
    group by
        month,
        feature_id
),

final as (
    select
        month,
        feature_id,
        cast(revenue_usd as decimal(38, 9)) as revenue_usd,
        cast(cost_usd as decimal(38, 9)) as cost_usd,
        cast(estimated_cost_usd as decimal(38, 9)) as estimated_cost_usd,
        cast(other_kinds_cost_usd as decimal(38, 9)) as other_kinds_cost_usd,
        cast(revenue_usd - cost_usd as decimal(38, 9)) as margin_usd,
        {{ margin_rate('revenue_usd', 'cost_usd') }} as margin_rate,
        cast(requests as bigint) as requests,
        cast(active_customers as bigint) as active_customers,
        {{ cost_per_llm_call('cost_usd - other_kinds_cost_usd', 'requests') }}
            as cost_usd_per_request,
        {{ exact_divide('cost_usd', 'active_customers') }} as cost_usd_per_active_customer,
        {{ is_running_month('month') }} as is_provisional
    from measures_by_feature
)

select * from final
