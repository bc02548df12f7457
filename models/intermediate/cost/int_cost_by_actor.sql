with final as (
    {{ union_of_cost_vendors('actor_costs') }}
)

select * from final
