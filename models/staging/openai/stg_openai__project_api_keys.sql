with newest_project_api_keys as (
    {{ newest_versions('openai', 'project_api_keys') }}
),

final as (
    select
        source_account,
        id as api_key_id,
        project_id,
        name as api_key_name,
        redacted_value,
        owner__type as owner_type,
        coalesce(owner__user__id, owner__service_account__id) as owner_id,
        coalesce(owner__user__name, owner__service_account__name) as owner_name,
        created_at,
        last_used_at,
        expires_at,
        _is_deleted as is_deleted
    from newest_project_api_keys
)

select * from final
