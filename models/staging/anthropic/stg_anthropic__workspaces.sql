with newest_workspaces as (
    {{ newest_versions('anthropic', 'workspaces') }}
),

final as (
    select
        source_account,
        id as workspace_id,
        name as workspace_name,
        archived_at is not null as is_archived,
        coalesce(is_default, false) as is_default,
        _is_deleted as is_deleted
    from newest_workspaces
)

select * from final
