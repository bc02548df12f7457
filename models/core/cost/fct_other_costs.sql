with infrastructure_costs as (
    select * from {{ ref('infrastructure_costs') }}
),

final as (
    select
        cast(month as date) as month,
        service,
        category,
        cast(sum(amount_usd) as decimal(38, 9)) as amount_usd
    from infrastructure_costs
    group by
        month,
        service,
        category
)

select * from final
