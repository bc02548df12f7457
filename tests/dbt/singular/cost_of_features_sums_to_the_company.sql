-- All features together bear the bill and what is provisional, per day.
with fct_cost_attribution as (
    select
        cost_date,
        sum(cost_usd) as cost_usd
    from {{ ref('fct_cost_attribution') }}
    where {{ is_cost_of_features() }}
    group by cost_date
),

cost_by_feature_day as (
    select
        date,
        sum(cost_usd) as cost_usd
    from {{ ref('cost_by_feature_day') }}
    group by date
)

select
    cost_by_feature_day.date,
    cost_by_feature_day.cost_usd,
    fct_cost_attribution.cost_usd as attributed_usd
from cost_by_feature_day
left join fct_cost_attribution
    on cost_by_feature_day.date = fct_cost_attribution.cost_date
where cost_by_feature_day.cost_usd <> coalesce(fct_cost_attribution.cost_usd, 0)
