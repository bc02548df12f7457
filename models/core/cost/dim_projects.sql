with int_provider_projects as (
    select * from {{ ref('int_provider_projects') }}
),

final as (
    select
        provider,
        source_account,
        project_id,
        project_name,
        created_at,
        archived_at,
        is_archived,
        is_deleted
    from int_provider_projects
)

select * from final
