-- Every provider and day: cost by model is the bill, no line lost or doubled on the way to a model.
with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

billed_and_shown as (
    select
        provider,
        cost_date as date,
        billed_usd,
        0 as shown_usd
    from fct_provider_costs
    where not is_missing_rate and cost_kind = 'llm'
    union all
    select
        provider,
        date,
        0 as billed_usd,
        cost_usd as shown_usd
    from cost_by_model_day
),

days_with_unknown_lines as (
    select distinct
        provider,
        cost_date as date
    from fct_provider_costs
    where is_missing_rate
)

select
    billed_and_shown.provider,
    billed_and_shown.date,
    sum(billed_and_shown.billed_usd) as billed_usd,
    sum(billed_and_shown.shown_usd) as shown_usd
from billed_and_shown
left join days_with_unknown_lines
    on
        billed_and_shown.provider = days_with_unknown_lines.provider
        and billed_and_shown.date = days_with_unknown_lines.date
where days_with_unknown_lines.provider is null
group by
    billed_and_shown.provider,
    billed_and_shown.date
having sum(billed_and_shown.billed_usd) <> sum(billed_and_shown.shown_usd)
