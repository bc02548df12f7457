with fct_tool_usage_by_day as (
    select * from {{ ref('fct_tool_usage_by_day') }}
),

final as (
    select
        source,
        date,
        project_id,
        product_family,
        usage_type,
        provider,
        quantity,
        highest_hour,
        hours,
        {{ is_running_day('date') }} as is_provisional
    from fct_tool_usage_by_day
)

select * from final
