with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
    where
        is_newest
        and pending_update_at is not null
        and status in ('trialing', 'active', 'past_due', 'paused')
),

-- An update that was asked for and waits for the next period is a phase to come.
final as (
    select
        source_account,
        subscription_id || '/update' as schedule_id,
        cast(1 as bigint) as phase_number,
        subscription_id,
        customer_id,
        'active' as schedule_status,
        'release' as end_behavior,
        false as is_deleted,
        currency,
        'charge_automatically' as collection_method,
        pending_update_at as phase_start_at,
        true as is_last_phase,
        valid_from as schedule_created_at,
        observed_at
    from polar_subscriptions
)

select * from final
