with newest_users as (
    {{ newest_versions('openai', 'users') }}
),

final as (
    select
        id as user_id,
        coalesce(name, user__name) as user_name,
        coalesce(email, user__email) as email,
        role,
        is_service_account,
        added_at,
        _is_deleted as is_deleted
    from newest_users
)

select * from final
