with int_provider_names as (
    select * from {{ ref('int_provider_names') }}
),

final as (
    select
        provider,
        name_kind,
        named_id,
        given_name,
        project_id,
        is_deleted
    from int_provider_names
)

select * from final
