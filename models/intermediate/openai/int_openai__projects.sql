with stg_openai__projects as (
    select * from {{ ref('stg_openai__projects') }}
),

final as (
    select
        'openai' as provider,
        source_account,
        project_id,
        project_name,
        created_at,
        archived_at,
        archived_at is not null or coalesce(status, '') = 'archived' as is_archived,
        is_deleted
    from stg_openai__projects
)

select * from final
