with newest_projects as (
    {{ newest_versions('openai', 'projects') }}
),

final as (
    select
        source_account,
        id as project_id,
        name as project_name,
        status,
        created_at,
        archived_at,
        _is_deleted as is_deleted
    from newest_projects
)

select * from final
