with stg_openai__projects as (
    select * from {{ ref('stg_openai__projects') }}
),

stg_openai__project_api_keys as (
    select * from {{ ref('stg_openai__project_api_keys') }}
),

named as (
    select
        'openai' as provider,
        'project' as name_kind,
        project_id as named_id,
        project_name as given_name,
        project_id,
        is_deleted
    from stg_openai__projects
    union all
    select
        'openai' as provider,
        'api_key' as name_kind,
        api_key_id as named_id,
        api_key_name as given_name,
        project_id,
        is_deleted
    from stg_openai__project_api_keys
),

final as (
    select
        provider,
        name_kind,
        named_id,
        given_name,
        project_id,
        is_deleted
    from named
)

select * from final
