-- What is billed and no AI is in the company's costs of its month, once.
with billed as (
    select
        {{ month_of('cost_date') }} as month,
        cost_kind,
        sum(billed_usd) as billed_usd
    from {{ ref('fct_provider_costs') }}
    where cost_kind <> 'llm'
    group by
        {{ month_of('cost_date') }},
        cost_kind
),

company_costs as (
    select * from {{ ref('fct_company_costs_by_month') }}
)

select
    billed.month,
    billed.cost_kind,
    billed.billed_usd,
    company_costs.cost_usd
from billed
left join company_costs
    on
        billed.month = company_costs.month
        and billed.cost_kind = company_costs.cost_kind
where coalesce(billed.billed_usd, 0) <> coalesce(company_costs.cost_usd, -1)
