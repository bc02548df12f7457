{{ config(materialized='table') }}

with final as (
    {{ union_of_cost_vendors('cost_statements') }}
)

select * from final
