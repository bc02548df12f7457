with newest_api_keys as (
    {{ newest_versions('anthropic', 'api_keys') }}
),

final as (
    select
        source_account,
        id as api_key_id,
        coalesce(scope__workspace_id, workspace_id) as workspace_id,
        name as api_key_name,
        coalesce(principal__id, created_by__id) as owner_id,
        status,
        _is_deleted as is_deleted
    from newest_api_keys
)

select * from final
