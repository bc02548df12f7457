with int_tool_usage as (
    select * from {{ ref('int_tool_usage') }}
),

final as (
    select
        -- keys
        source_account as source,
        usage_date as date,
        coalesce(project_id, '__unknown__') as project_id,
        coalesce(product_family, '__unknown__') as product_family,
        usage_type,

        -- facts
        provider,
        cast(quantity as decimal(38, 6)) as quantity,
        cast(highest_hour as decimal(38, 6)) as highest_hour,
        cast(hours as bigint) as hours
    from int_tool_usage
)

select * from final
