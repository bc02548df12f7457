-- Attribution of every bill line adds up to the line, to the nano-dollar.
with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

attributed_by_line as (
    select
        provider_cost_id,
        sum(cost_usd) as cost_usd
    from {{ ref('fct_cost_attribution') }}
    where line_item <> '__no_bill__'
    group by provider_cost_id
)

select
    fct_provider_costs.provider_cost_id,
    fct_provider_costs.billed_usd,
    attributed_by_line.cost_usd
from fct_provider_costs
full outer join attributed_by_line
    on fct_provider_costs.provider_cost_id = attributed_by_line.provider_cost_id
where
    fct_provider_costs.provider_cost_id is null
    or (
        fct_provider_costs.billed_usd is not null
        and (
            attributed_by_line.cost_usd is null
            or fct_provider_costs.billed_usd <> attributed_by_line.cost_usd
        )
    )
