-- The company's AI cost of a month is what was billed plus what is provisional or estimated.
with billed as (
    select
        {{ month_of('cost_date') }} as month,
        sum(billed_usd) as billed_usd
    from {{ ref('fct_provider_costs') }}
    where cost_kind = 'llm' and basis = 'billed'
    group by {{ month_of('cost_date') }}
),

not_billed as (
    select
        {{ month_of('cost_date') }} as month,
        sum(cost_usd) as not_billed_usd
    from {{ ref('fct_cost_attribution') }}
    where status in ('provisional', 'estimated')
    group by {{ month_of('cost_date') }}
)

select
    profit_by_month.month,
    profit_by_month.llm_cost_usd,
    billed.billed_usd,
    not_billed.not_billed_usd
from {{ ref('profit_by_month') }} as profit_by_month
left join billed
    on profit_by_month.month = billed.month
left join not_billed
    on profit_by_month.month = not_billed.month
where
    profit_by_month.llm_cost_usd
    <> coalesce(billed.billed_usd, 0) + coalesce(not_billed.not_billed_usd, 0)
