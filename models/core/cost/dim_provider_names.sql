with int_provider_names as (
    select * from {{ ref('int_provider_names') }}
),

final as (
    select
        provider,
        source_account,
        name_kind,
        named_id,
        given_name,
        project_id,
        is_archived,
        is_deleted
    from int_provider_names
)

select * from final
