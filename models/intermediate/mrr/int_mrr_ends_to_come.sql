with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

int_billing_subscription_phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

ends_asked_for as (
    select
        subscription_id,
        coalesce(cancel_at, current_period_end_at) as ends_at
    from int_billing_subscriptions
    where is_cancel_at_period_end or cancel_at is not null
),

-- A schedule may end its subscription with its last phase instead of leaving it to itself.
ends_agreed as (
    select
        subscription_id,
        min(phase_end_at) as ends_at
    from int_billing_subscription_phases
    where
        is_last_phase
        and not is_deleted
        and end_behavior = 'cancel'
        and schedule_status in ('active', 'not_started')
        and phase_end_at > {{ as_of_timestamp() }}
    group by subscription_id
),

final as (
    select * from ends_asked_for
    union all
    select ends_agreed.*
    from ends_agreed
    left join ends_asked_for
        on ends_agreed.subscription_id = ends_asked_for.subscription_id
    where ends_asked_for.subscription_id is null and ends_agreed.subscription_id is not null
)

select * from final
