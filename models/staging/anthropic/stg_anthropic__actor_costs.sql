with newest_actor_rows as (
    {{ children_of_newest('anthropic', 'actor_rows', 'actor_days') }}
),

actor_days as (
    {{ newest_versions('anthropic', 'actor_days') }}
),

final as (
    select
        -- keys
        newest_actor_rows.source_account,
        newest_actor_rows._version_id as actor_version_id,
        newest_actor_rows._position as row_number_in_day,
        actor_days.reported_date as cost_date,

        -- who used what
        newest_actor_rows.actor_type,
        newest_actor_rows.actor_id,
        newest_actor_rows.actor_name,
        newest_actor_rows.product,
        newest_actor_rows.model,

        -- facts
        newest_actor_rows.basis,
        newest_actor_rows.amount,
        newest_actor_rows.list_amount,
        coalesce(actor_days.is_final, false) as is_final
    from newest_actor_rows
    inner join actor_days
        on
            newest_actor_rows.source_account = actor_days.source_account
            and newest_actor_rows._version_id = actor_days._version_id
)

select * from final
