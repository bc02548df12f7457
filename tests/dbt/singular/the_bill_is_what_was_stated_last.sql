-- Every provider and day: the facts add up to the lines of the statements that hold now.
with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

int_cost_statements as (
    select * from {{ ref('int_cost_statements') }}
),

int_cost_statement_lines as (
    select * from {{ ref('int_cost_statement_lines') }}
),

stated_and_kept as (
    select
        int_cost_statements.provider,
        int_cost_statements.cost_date,
        int_cost_statement_lines.billed_usd as stated_usd,
        0 as kept_usd
    from int_cost_statements
    inner join int_cost_statement_lines
        on
            int_cost_statements.provider = int_cost_statement_lines.provider
            and int_cost_statements.statement_id = int_cost_statement_lines.statement_id
    where int_cost_statements.is_last
    union all
    select
        provider,
        cost_date,
        0 as stated_usd,
        billed_usd as kept_usd
    from fct_provider_costs
)

select
    provider,
    cost_date,
    sum(stated_usd) as stated_usd,
    sum(kept_usd) as kept_usd
from stated_and_kept
group by
    provider,
    cost_date
having sum(stated_usd) <> sum(kept_usd)
