with final as (
    {{ union_of_cost_vendors('tool_usage') }}
)

select * from final
