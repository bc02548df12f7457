with int_provider_projects as (
    select * from {{ ref('int_provider_projects') }}
),

int_provider_api_keys as (
    select * from {{ ref('int_provider_api_keys') }}
),

final as (
    select
        provider,
        source_account,
        'project' as name_kind,
        project_id as named_id,
        project_name as given_name,
        project_id,
        is_archived,
        is_deleted
    from int_provider_projects
    union all
    select
        provider,
        source_account,
        'api_key' as name_kind,
        api_key_id as named_id,
        api_key_name as given_name,
        project_id,
        false as is_archived,
        is_deleted
    from int_provider_api_keys
)

select * from final
