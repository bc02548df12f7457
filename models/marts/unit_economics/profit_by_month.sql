with margin_by_feature_month as (
    select * from {{ ref('margin_by_feature_month') }}
),

cost_by_feature_day as (
    select * from {{ ref('cost_by_feature_day') }}
),

fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

fct_payment_fees as (
    select * from {{ ref('fct_payment_fees') }}
),

amounts as (
    select
        month,
        revenue_usd,
        cost_usd as llm_cost_usd,
        estimated_cost_usd as estimated_llm_cost_usd,
        case when feature_id = '__unattributed__' then cost_usd else cast(0 as decimal(38, 9)) end
            as unattributed_cost_usd,
        cast(0 as decimal(38, 9)) as infrastructure_cost_usd,
        cast(0 as decimal(38, 9)) as other_cost_usd,
        cast(0 as decimal(38, 9)) as payment_fees_usd
    from margin_by_feature_month
    union all
    select
        {{ month_of('month') }} as month,
        cast(0 as decimal(38, 9)) as revenue_usd,
        cast(0 as decimal(38, 9)) as llm_cost_usd,
        cast(0 as decimal(38, 9)) as estimated_llm_cost_usd,
        cast(0 as decimal(38, 9)) as unattributed_cost_usd,
        case when category = 'infrastructure' then amount_usd else cast(0 as decimal(38, 9)) end
            as infrastructure_cost_usd,
        case when category = 'infrastructure' then cast(0 as decimal(38, 9)) else amount_usd end
            as other_cost_usd,
        cast(0 as decimal(38, 9)) as payment_fees_usd
    from fct_other_costs
    where {{ month_of('month') }} < {{ revenue_horizon() }}
    union all
    select
        {{ month_of('fee_date') }} as month,
        cast(0 as decimal(38, 9)) as revenue_usd,
        cast(0 as decimal(38, 9)) as llm_cost_usd,
        cast(0 as decimal(38, 9)) as estimated_llm_cost_usd,
        cast(0 as decimal(38, 9)) as unattributed_cost_usd,
        cast(0 as decimal(38, 9)) as infrastructure_cost_usd,
        cast(0 as decimal(38, 9)) as other_cost_usd,
        fee_usd as payment_fees_usd
    from fct_payment_fees
),

amounts_by_month as (
    select
        month,
        cast(sum(revenue_usd) as decimal(38, 9)) as revenue_usd,
        cast(sum(llm_cost_usd) as decimal(38, 9)) as llm_cost_usd,
        cast(sum(estimated_llm_cost_usd) as decimal(38, 9)) as estimated_llm_cost_usd,
        cast(sum(unattributed_cost_usd) as decimal(38, 9)) as unattributed_cost_usd,
        cast(sum(infrastructure_cost_usd) as decimal(38, 9)) as infrastructure_cost_usd,
        cast(sum(other_cost_usd) as decimal(38, 9)) as other_cost_usd,
        cast(coalesce(sum(payment_fees_usd), 0) as decimal(38, 9)) as payment_fees_usd
    from amounts
    group by month
),

usage_by_month as (
    select
        {{ month_of('date') }} as month,
        sum(calls - cache_hits) as llm_calls,
        sum(input_tokens + output_tokens) as llm_tokens
    from cost_by_feature_day
    group by {{ month_of('date') }}
),

profits_found as (
    select
        amounts_by_month.*,
        coalesce(usage_by_month.llm_calls, 0) as llm_calls,
        coalesce(usage_by_month.llm_tokens, 0) as llm_tokens,
        amounts_by_month.revenue_usd
        - amounts_by_month.llm_cost_usd
        - amounts_by_month.infrastructure_cost_usd as gross_profit_usd,
        amounts_by_month.revenue_usd
        - amounts_by_month.llm_cost_usd
        - amounts_by_month.infrastructure_cost_usd
        - amounts_by_month.other_cost_usd
        - amounts_by_month.payment_fees_usd as net_profit_usd
    from amounts_by_month
    left join usage_by_month on amounts_by_month.month = usage_by_month.month
),

final as (
    select
        month,
        revenue_usd,
        llm_cost_usd,
        estimated_llm_cost_usd,
        unattributed_cost_usd,
        infrastructure_cost_usd,
        other_cost_usd,
        payment_fees_usd,
        cast(revenue_usd - llm_cost_usd as decimal(38, 9)) as llm_margin_usd,
        {{ margin_rate('revenue_usd', 'llm_cost_usd') }} as llm_margin_rate,
        {{ exact_divide('llm_cost_usd', 'nullif(greatest(revenue_usd, 0), 0)') }}
            as llm_cost_to_revenue,
        cast(llm_calls as bigint) as llm_calls,
        cast(llm_tokens as bigint) as llm_tokens,
        {{ cost_per_llm_call('llm_cost_usd', 'llm_calls') }} as llm_cost_usd_per_call,
        {{ exact_divide('llm_cost_usd * 1000', 'llm_tokens') }} as llm_cost_usd_per_thousand_tokens,
        cast(gross_profit_usd as decimal(38, 9)) as gross_profit_usd,
        {{ exact_divide('gross_profit_usd', 'nullif(greatest(revenue_usd, 0), 0)') }}
            as gross_margin_rate,
        cast(net_profit_usd as decimal(38, 9)) as net_profit_usd,
        {{ exact_divide('net_profit_usd', 'nullif(greatest(revenue_usd, 0), 0)') }}
            as net_margin_rate,
        {{ is_running_month('month') }} as is_provisional
    from profits_found
)

select * from final
