with int_provider_api_keys as (
    select * from {{ ref('int_provider_api_keys') }}
),

final as (
    select
        provider,
        source_account,
        api_key_id,
        project_id,
        api_key_name,
        owner_name,
        created_at,
        last_used_at,
        expires_at,
        is_deleted
    from int_provider_api_keys
)

select * from final
