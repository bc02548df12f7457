with mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

revenue_by_month as (
    select * from {{ ref('revenue_by_month') }}
),

profit_by_month as (
    select * from {{ ref('profit_by_month') }}
),

measures as (
    select
        'mrr' as metric,
        month,
        closing_mrr as value,
        currency,
        cast(null as {{ dbt.type_string() }}) as missing_costs,
        is_provisional
    from mrr_movements_by_month
    union all
    select
        'recognised_revenue' as metric,
        month,
        recognised_revenue as value,
        currency,
        cast(null as {{ dbt.type_string() }}) as missing_costs,
        is_provisional
    from revenue_by_month
    union all
    select
        'llm_cost' as metric,
        month,
        llm_cost_usd as value,
        'usd' as currency,
        cast(null as {{ dbt.type_string() }}) as missing_costs,
        is_provisional
    from profit_by_month
    union all
    select
        'direct_cost' as metric,
        month,
        revenue_usd - llm_cost_usd - gross_profit_usd as value,
        'usd' as currency,
        missing_costs,
        is_provisional
    from profit_by_month
    union all
    select
        'gross_margin' as metric,
        month,
        gross_profit_usd as value,
        'usd' as currency,
        missing_costs,
        is_provisional
    from profit_by_month
),

final as (
    select
        metric,
        month,
        cast(value as decimal(38, 9)) as value,
        currency,
        missing_costs,
        is_provisional
    from measures
)

select * from final
