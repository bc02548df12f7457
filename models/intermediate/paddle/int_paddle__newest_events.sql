with paddle_events as (
    select * from {{ ref('stg_paddle__events') }}
),

final as (
    select
        source_account,
        max(occurred_at) as newest_event_at
    from paddle_events
    group by source_account
)

select * from final
