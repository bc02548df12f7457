with stripe_events as (
    select * from {{ ref('stg_stripe__events') }}
),

final as (
    select
        source_account,
        max(created_at) as newest_event_at
    from stripe_events
    group by source_account
)

select * from final
