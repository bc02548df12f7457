with newest_users as (
    {{ newest_versions('anthropic', 'users') }}
),

final as (
    select
        source_account,
        id as user_id,
        name as user_name,
        _is_deleted as is_deleted
    from newest_users
)

select * from final
