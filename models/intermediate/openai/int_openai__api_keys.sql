with stg_openai__project_api_keys as (
    select * from {{ ref('stg_openai__project_api_keys') }}
),

stg_openai__admin_api_keys as (
    select * from {{ ref('stg_openai__admin_api_keys') }}
),

keys_of_projects_and_admins as (
    select
        source_account,
        api_key_id,
        project_id,
        api_key_name,
        owner_name,
        created_at,
        last_used_at,
        expires_at,
        is_deleted,
        1 as preference
    from stg_openai__project_api_keys
    union all
    select
        source_account,
        api_key_id,
        cast(null as {{ dbt.type_string() }}) as project_id,
        api_key_name,
        owner_name,
        created_at,
        last_used_at,
        expires_at,
        is_deleted,
        2 as preference
    from stg_openai__admin_api_keys
),

-- The list of a project says more of a key than the list of admin keys.
keys_ranked as (
    select
        *,
        row_number() over (
            partition by source_account, api_key_id order by preference
        ) as place
    from keys_of_projects_and_admins
),

final as (
    select
        'openai' as provider,
        source_account,
        api_key_id,
        project_id,
        api_key_name,
        owner_name,
        created_at,
        last_used_at,
        expires_at,
        is_deleted
    from keys_ranked
    where place = 1
)

select * from final
