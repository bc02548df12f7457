with final as (
    {{ union_of_cost_vendors('service_performance') }}
)

select * from final
