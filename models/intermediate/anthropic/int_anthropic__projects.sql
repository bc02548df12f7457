with stg_anthropic__workspaces as (
    select * from {{ ref('stg_anthropic__workspaces') }}
),

final as (
    select
        'anthropic' as provider,
        source_account,
        workspace_id as project_id,
        workspace_name as project_name,
        is_archived,
        is_deleted
    from stg_anthropic__workspaces
)

select * from final
