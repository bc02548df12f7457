with final as (
    {{ union_of_cost_vendors('projects') }}
)

select * from final
