with stg_anthropic__workspaces as (
    select * from {{ ref('stg_anthropic__workspaces') }}
),

final as (
    select
        source_account,
        max(workspace_id) as workspace_id
    from stg_anthropic__workspaces
    where is_default
    group by source_account
)

select * from final
