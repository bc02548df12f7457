-- Every account and day: the facts add up to the lines of the statements that hold now.
with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

int_bill_statements as (
    select * from {{ ref('int_bill_statements') }}
),

int_bill_lines as (
    select * from {{ ref('int_bill_lines') }}
),

stated_and_kept as (
    select
        int_bill_statements.source_account,
        int_bill_statements.cost_date,
        int_bill_lines.billed_usd as stated_usd,
        0 as kept_usd
    from int_bill_statements
    inner join int_bill_lines
        on
            int_bill_statements.source_account = int_bill_lines.source_account
            and int_bill_statements.statement_id = int_bill_lines.statement_id
    where int_bill_statements.is_last
    union all
    select
        source_account,
        cost_date,
        0 as stated_usd,
        billed_usd as kept_usd
    from fct_provider_costs
)

select
    source_account,
    cost_date,
    sum(stated_usd) as stated_usd,
    sum(kept_usd) as kept_usd
from stated_and_kept
group by
    source_account,
    cost_date
having sum(stated_usd) <> sum(kept_usd)
