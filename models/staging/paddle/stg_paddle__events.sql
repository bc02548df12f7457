with events as (
    {{ newest_versions('paddle', 'events') }}
),

final as (
    select
        source_account,
        id as event_id,
        event_type,
        {{ account_key('paddle', 'entity_id') }} as entity_id,
        occurred_at
    from events
)

select * from final
