-- The list cost of the events' tokens is in the attribution once, whether billed or not.
with list_cost_of_events as (
    select
        cost_date,
        provider,
        {{ from_nano('sum(list_cost_nano)') }} as list_cost_usd
    from {{ ref('int_llm_cost_by_pool') }}
    group by
        cost_date,
        provider
),

list_cost_attributed as (
    select
        cost_date,
        provider,
        sum(list_cost_usd) as list_cost_usd
    from {{ ref('fct_cost_attribution') }}
    where list_cost_usd <> 0
    group by
        cost_date,
        provider
)

select
    list_cost_of_events.cost_date,
    list_cost_of_events.list_cost_usd,
    list_cost_attributed.list_cost_usd as list_cost_attributed_usd
from list_cost_of_events
full outer join list_cost_attributed
    on
        list_cost_of_events.cost_date = list_cost_attributed.cost_date
        and list_cost_of_events.provider = list_cost_attributed.provider
where
    list_cost_of_events.list_cost_usd is null
    or list_cost_attributed.list_cost_usd is null
    or list_cost_of_events.list_cost_usd <> list_cost_attributed.list_cost_usd
