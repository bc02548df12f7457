with stripe_schedules as (
    select * from {{ ref('stg_stripe__subscription_schedules') }}
),

stripe_phases as (
    select * from {{ ref('stg_stripe__subscription_schedule_phases') }}
),

final as (
    select
        stripe_phases.source_account,
        stripe_phases.schedule_id,
        stripe_phases.phase_number,
        stripe_schedules.subscription_id,
        stripe_schedules.customer_id,
        stripe_schedules.schedule_status,
        stripe_schedules.end_behavior,
        stripe_schedules.is_deleted,
        stripe_phases.currency,
        stripe_phases.collection_method,
        stripe_phases.phase_start_at,
        stripe_phases.phase_end_at,
        stripe_phases.trial_end_at,
        row_number() over (
            partition by stripe_phases.schedule_id order by stripe_phases.phase_number desc
        ) = 1 as is_last_phase,
        stripe_schedules.created_at as schedule_created_at,
        stripe_schedules.canceled_at as schedule_canceled_at,
        stripe_schedules.completed_at as schedule_completed_at,
        stripe_schedules.released_at as schedule_released_at,
        stripe_schedules.observed_at
    from stripe_phases
    inner join stripe_schedules
        on stripe_phases.schedule_id = stripe_schedules.schedule_id
)

select * from final
