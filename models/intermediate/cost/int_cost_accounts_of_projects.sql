{{ config(materialized='view') }}

with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

final as (
    select
        cost_date,
        provider,
        project_id,
        max(source_account) as source_account
    from fct_provider_costs
    where project_id is not null
    group by
        cost_date,
        provider,
        project_id
    having min(source_account) = max(source_account)
)

select * from final
