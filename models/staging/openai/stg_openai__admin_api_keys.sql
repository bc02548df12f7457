with newest_admin_api_keys as (
    {{ newest_versions('openai', 'admin_api_keys') }}
),

final as (
    select
        source_account,
        id as api_key_id,
        name as api_key_name,
        redacted_value,
        owner__type as owner_type,
        owner__id as owner_id,
        owner__name as owner_name,
        created_at,
        last_used_at,
        expires_at,
        _is_deleted as is_deleted
    from newest_admin_api_keys
)

select * from final
