with fct_revenue_by_day as (
    select * from {{ ref('fct_revenue_by_day') }}
),

cost_by_feature_day as (
    select * from {{ ref('cost_by_feature_day') }}
),

fct_company_costs_by_day as (
    select * from {{ ref('fct_company_costs_by_day') }}
),

profit_by_month as (
    select * from {{ ref('profit_by_month') }}
),

revenue_by_day as (
    select
        revenue_date as date,
        sum(revenue_usd) as revenue_usd
    from fct_revenue_by_day
    group by revenue_date
),

llm_costs_by_day as (
    select
        date,
        sum(cost_usd - other_kinds_cost_usd) as llm_cost_usd,
        sum(estimated_cost_usd) as estimated_llm_cost_usd,
        sum(case when feature_id = '__unattributed__' then cost_usd else 0 end)
            as unattributed_cost_usd,
        sum(calls - cache_hits) as llm_calls
    from cost_by_feature_day
    group by date
),

costs_by_day as (
    select
        date,
        max(case when cost_kind = 'infrastructure' then cost_usd end) as infrastructure_cost_usd,
        max(case when cost_kind = 'observability' then cost_usd end) as observability_cost_usd,
        max(case when cost_kind = 'other' then cost_usd end) as other_cost_usd,
        max(case when cost_kind = 'payment_fees' then cost_usd end) as payment_fees_usd,
        max(case when cost_kind = 'bad_debt' then cost_usd end) as bad_debt_usd
    from fct_company_costs_by_day
    group by date
),

all_days as (
    select date from revenue_by_day
    union distinct
    select date from llm_costs_by_day
    union distinct
    select date from costs_by_day
),

-- A day without a bill of a kind bears none of it in a month that has such bills; in a month that
-- knows nothing of that kind it is unknown.
joined as (
    select
        all_days.date,
        coalesce(revenue_by_day.revenue_usd, 0) as revenue_usd,
        coalesce(llm_costs_by_day.llm_cost_usd, 0) as llm_cost_usd,
        coalesce(llm_costs_by_day.estimated_llm_cost_usd, 0) as estimated_llm_cost_usd,
        coalesce(llm_costs_by_day.unattributed_cost_usd, 0) as unattributed_cost_usd,
        coalesce(
            costs_by_day.infrastructure_cost_usd,
            case when profit_by_month.infrastructure_cost_usd is not null then 0 end
        ) as infrastructure_cost_usd,
        coalesce(
            costs_by_day.observability_cost_usd,
            case when profit_by_month.observability_cost_usd is not null then 0 end
        ) as observability_cost_usd,
        coalesce(
            costs_by_day.other_cost_usd,
            case when profit_by_month.other_cost_usd is not null then 0 end
        ) as other_cost_usd,
        coalesce(costs_by_day.payment_fees_usd, 0) as payment_fees_usd,
        coalesce(costs_by_day.bad_debt_usd, 0) as bad_debt_usd,
        coalesce(llm_costs_by_day.llm_calls, 0) as llm_calls,
        profit_by_month.missing_costs
    from all_days
    left join revenue_by_day on all_days.date = revenue_by_day.date
    left join llm_costs_by_day on all_days.date = llm_costs_by_day.date
    left join costs_by_day on all_days.date = costs_by_day.date
    left join profit_by_month on {{ month_of('all_days.date') }} = profit_by_month.month
),

profits_found as (
    select
        *,
        revenue_usd - llm_cost_usd - coalesce(infrastructure_cost_usd, 0)
        - coalesce(observability_cost_usd, 0) - payment_fees_usd as gross_profit_usd
    from joined
),

final as (
    select
        date,
        cast(revenue_usd as decimal(38, 9)) as revenue_usd,
        cast(llm_cost_usd as decimal(38, 9)) as llm_cost_usd,
        cast(estimated_llm_cost_usd as decimal(38, 9)) as estimated_llm_cost_usd,
        cast(unattributed_cost_usd as decimal(38, 9)) as unattributed_cost_usd,
        cast(infrastructure_cost_usd as decimal(38, 9)) as infrastructure_cost_usd,
        cast(observability_cost_usd as decimal(38, 9)) as observability_cost_usd,
        cast(other_cost_usd as decimal(38, 9)) as other_cost_usd,
        cast(payment_fees_usd as decimal(38, 9)) as payment_fees_usd,
        cast(bad_debt_usd as decimal(38, 9)) as bad_debt_usd,
        cast(revenue_usd - llm_cost_usd as decimal(38, 9)) as llm_margin_usd,
        {{ margin_rate('revenue_usd', 'llm_cost_usd') }} as llm_margin_rate,
        cast(llm_calls as bigint) as llm_calls,
        {{ cost_per_llm_call('llm_cost_usd', 'llm_calls') }} as llm_cost_usd_per_call,
        cast(gross_profit_usd as decimal(38, 9)) as gross_profit_usd,
        {{ exact_divide('gross_profit_usd', 'nullif(greatest(revenue_usd, 0), 0)') }}
            as gross_margin_rate,
        cast(gross_profit_usd - coalesce(other_cost_usd, 0) - bad_debt_usd as decimal(38, 9))
            as net_profit_usd,
        {{ exact_divide(
            'gross_profit_usd - coalesce(other_cost_usd, 0) - bad_debt_usd',
            'nullif(greatest(revenue_usd, 0), 0)'
        ) }} as net_margin_rate,
        missing_costs,
        {{ is_running_day('date') }} as is_provisional
    from profits_found
)

select * from final
