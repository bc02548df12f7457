with final as (
    {{ union_of_cost_vendors('cost_control_totals') }}
)

select * from final
