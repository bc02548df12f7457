with events as (
    {{ newest_versions('chargebee', 'events') }}
),

final as (
    select
        source_account,
        id as event_id,
        event_type,
        _dlt_load_id as load_id,
        occurred_at
    from events
)

select * from final
