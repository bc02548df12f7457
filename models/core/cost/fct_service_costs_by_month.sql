with fct_other_costs as (
    select * from {{ ref('fct_other_costs') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

dim_features as (
    select * from {{ ref('dim_features') }}
),

costs as (
    select
        {{ month_of('month') }} as month,
        service,
        amount_to_date_usd as infrastructure_cost_usd,
        cast(0 as decimal(38, 9)) as ai_cost_usd
    from fct_other_costs
    where category = 'infrastructure' and {{ month_of('month') }} < {{ as_of_timestamp() }}
    union all
    select
        {{ month_of('fct_cost_attribution.cost_date') }} as month,
        dim_features.service,
        cast(null as decimal(38, 9)) as infrastructure_cost_usd,
        fct_cost_attribution.cost_usd as ai_cost_usd
    from fct_cost_attribution
    inner join dim_features
        on fct_cost_attribution.feature_id = dim_features.feature_id
    where dim_features.service is not null and fct_cost_attribution.cost_kind = 'llm'
),

final as (
    select
        month,
        service,
        cast(sum(infrastructure_cost_usd) as decimal(38, 9)) as infrastructure_cost_usd,
        cast(sum(ai_cost_usd) as decimal(38, 9)) as ai_cost_usd
    from costs
    group by
        month,
        service
)

select * from final
