with chargebee_events as (
    select * from {{ ref('stg_chargebee__events') }}
),

final as (
    select
        source_account,
        max(occurred_at) as newest_event_at
    from chargebee_events
    group by source_account
)

select * from final
