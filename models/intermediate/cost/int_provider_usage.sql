with final as (
    {{ union_of_cost_vendors('provider_usage') }}
)

select * from final
