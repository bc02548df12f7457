with schedules as (
    {{ newest_versions('stripe', 'subscription_schedules') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as schedule_version_id,
        id as schedule_id,
        coalesce(subscription, released_subscription) as subscription_id,
        customer as customer_id,
        -- facts
        status as schedule_status,
        end_behavior,
        livemode as is_livemode,
        -- times
        created as created_at,
        canceled_at,
        completed_at,
        released_at,
        current_phase__start_date as current_phase_start_at,
        current_phase__end_date as current_phase_end_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from schedules
)

select * from final
