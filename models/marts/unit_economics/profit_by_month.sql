with margin_by_feature_month as (
    select * from {{ ref('margin_by_feature_month') }}
),

cost_by_feature_day as (
    select * from {{ ref('cost_by_feature_day') }}
),

fct_company_costs_by_month as (
    select * from {{ ref('fct_company_costs_by_month') }}
),

margins_by_month as (
    select
        month,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd - other_kinds_cost_usd) as llm_cost_usd,
        sum(estimated_cost_usd) as estimated_llm_cost_usd,
        sum(case when feature_id = '__unattributed__' then cost_usd else 0 end)
            as unattributed_cost_usd
    from margin_by_feature_month
    group by month
),

-- Null for what neither the seed nor a bill says.
costs_by_month as (
    select
        month,
        max(case when cost_kind = 'infrastructure' then cost_usd end) as infrastructure_cost_usd,
        max(case when cost_kind = 'observability' then cost_usd end) as observability_cost_usd,
        max(case when cost_kind = 'other' then cost_usd end) as other_cost_usd,
        coalesce(max(case when cost_kind = 'payment_fees' then cost_usd end), 0)
            as payment_fees_usd,
        coalesce(max(case when cost_kind = 'bad_debt' then cost_usd end), 0) as bad_debt_usd,
        max(case when cost_kind = 'payment_fees' then unvalued end) as unvalued_fees,
        max(case when cost_kind = 'bad_debt' then unvalued end) as unvalued_bad_debt,
        max(case when cost_kind = 'infrastructure' then unvalued end) as unvalued_infrastructure,
        max(case when cost_kind = 'observability' then unvalued end) as unvalued_observability,
        max(case when cost_kind = 'other' then unvalued end) as unvalued_other
    from fct_company_costs_by_month
    group by month
),

all_months as (
    select month from margins_by_month
    union distinct
    select month from costs_by_month
),

usage_by_month as (
    select
        {{ month_of('date') }} as month,
        sum(calls - cache_hits) as llm_calls,
        sum(input_tokens + output_tokens) as llm_tokens
    from cost_by_feature_day
    group by {{ month_of('date') }}
),

joined as (
    select
        all_months.month,
        cast(coalesce(margins_by_month.revenue_usd, 0) as decimal(38, 9)) as revenue_usd,
        cast(coalesce(margins_by_month.llm_cost_usd, 0) as decimal(38, 9)) as llm_cost_usd,
        cast(coalesce(margins_by_month.estimated_llm_cost_usd, 0) as decimal(38, 9))
            as estimated_llm_cost_usd,
        cast(coalesce(margins_by_month.unattributed_cost_usd, 0) as decimal(38, 9))
            as unattributed_cost_usd,
        costs_by_month.infrastructure_cost_usd,
        costs_by_month.observability_cost_usd,
        costs_by_month.other_cost_usd,
        cast(coalesce(costs_by_month.payment_fees_usd, 0) as decimal(38, 9)) as payment_fees_usd,
        cast(coalesce(costs_by_month.bad_debt_usd, 0) as decimal(38, 9)) as bad_debt_usd,
        coalesce(costs_by_month.unvalued_fees, 0) as unvalued_fees,
        coalesce(costs_by_month.unvalued_bad_debt, 0) as unvalued_bad_debt,
        coalesce(costs_by_month.unvalued_infrastructure, 0) as unvalued_infrastructure,
        coalesce(costs_by_month.unvalued_observability, 0) as unvalued_observability,
        coalesce(costs_by_month.unvalued_other, 0) as unvalued_other,
        coalesce(usage_by_month.llm_calls, 0) as llm_calls,
        coalesce(usage_by_month.llm_tokens, 0) as llm_tokens
    from all_months
    left join margins_by_month on all_months.month = margins_by_month.month
    left join costs_by_month on all_months.month = costs_by_month.month
    left join usage_by_month on all_months.month = usage_by_month.month
),

profits_found as (
    select
        *,
        revenue_usd - llm_cost_usd - coalesce(infrastructure_cost_usd, 0)
        - coalesce(observability_cost_usd, 0) - payment_fees_usd as gross_profit_usd,
        revenue_usd - llm_cost_usd - coalesce(infrastructure_cost_usd, 0)
        - coalesce(observability_cost_usd, 0) - payment_fees_usd
        - coalesce(other_cost_usd, 0) - bad_debt_usd as net_profit_usd,
        concat(
            case
                when infrastructure_cost_usd is null or unvalued_infrastructure > 0
                    then ', infrastructure'
                else ''
            end,
            -- not every company pays for it: a month lacks it only where others have it
            case
                when
                    unvalued_observability > 0
                    or (
                        observability_cost_usd is null
                        and max(observability_cost_usd) over () is not null
                    )
                    then ', observability'
                else ''
            end,
            case when other_cost_usd is null or unvalued_other > 0 then ', other' else '' end,
            case when unvalued_fees > 0 then ', payment_fees' else '' end,
            case when unvalued_bad_debt > 0 then ', bad_debt' else '' end
        ) as costs_missing
    from joined
),

final as (
    select
        month,
        revenue_usd,
        llm_cost_usd,
        estimated_llm_cost_usd,
        unattributed_cost_usd,
        infrastructure_cost_usd,
        observability_cost_usd,
        other_cost_usd,
        payment_fees_usd,
        bad_debt_usd,
        cast(revenue_usd - llm_cost_usd as decimal(38, 9)) as llm_margin_usd,
        {{ margin_rate('revenue_usd', 'llm_cost_usd') }} as llm_margin_rate,
        {{ share_of_revenue('llm_cost_usd', 'revenue_usd') }} as llm_cost_to_revenue,
        cast(llm_calls as bigint) as llm_calls,
        cast(llm_tokens as bigint) as llm_tokens,
        {{ cost_per_llm_call('llm_cost_usd', 'llm_calls') }} as llm_cost_usd_per_call,
        {{ exact_divide('llm_cost_usd * 1000', 'llm_tokens') }} as llm_cost_usd_per_thousand_tokens,
        cast(gross_profit_usd as decimal(38, 9)) as gross_profit_usd,
        {{ margin_rate('revenue_usd', '(revenue_usd - gross_profit_usd)') }} as gross_margin_rate,
        cast(net_profit_usd as decimal(38, 9)) as net_profit_usd,
        {{ margin_rate('revenue_usd', '(revenue_usd - net_profit_usd)') }} as net_margin_rate,
        cast(revenue_usd - net_profit_usd as decimal(38, 9)) as total_cost_usd,
        {{ share_of_revenue('revenue_usd - net_profit_usd', 'revenue_usd') }} as cost_to_revenue,
        nullif(substring(costs_missing, 3), '') as missing_costs,
        {{ is_running_month('month') }} as is_provisional
    from profits_found
)

select * from final
