with final as (
    {{ union_of_cost_vendors('api_keys') }}
)

select * from final
