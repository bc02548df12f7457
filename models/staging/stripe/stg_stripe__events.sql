with events as (
    {{ newest_versions('stripe', 'events') }}
),

final as (
    select
        -- keys
        source_account,
        id as event_id,
        data__object as object_id,
        data__object__object as object_type,
        data__object__customer as customer_id,
        -- facts
        type as event_type,
        api_version,
        data__previous_attributes as previous_attributes,
        livemode as is_livemode,
        -- times
        created as created_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from events
)

select * from final
