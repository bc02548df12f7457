with recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
    where
        is_newest
        and valid_to is null
        and state in ('active', 'canceled', 'paused', 'future')
),

recurly_ramp_intervals as (
    select * from {{ ref('stg_recurly__ramp_intervals') }}
),

changes_pending as (
    select
        *,
        coalesce(pending_change_at, current_period_end_at) as changes_at
    from recurly_subscriptions
    where pending_change_id is not null
),

-- A change that waits, and each interval of a ramp that begins after what was last seen. Those of
-- the change count from it on, those of today until it.
all_phases as (
    select
        subscription_version_id,
        changes_at as phase_start_at,
        true as is_pending,
        coalesce(pending_unit_amount, unit_amount) as unit_amount,
        0 as preference
    from changes_pending
    where changes_at is not null
    union all
    select
        subscriptions.subscription_version_id,
        intervals.starts_at as phase_start_at,
        intervals.is_pending,
        intervals.unit_amount,
        1 as preference
    from recurly_ramp_intervals as intervals
    inner join recurly_subscriptions as subscriptions
        on intervals.subscription_version_id = subscriptions.subscription_version_id
    left join changes_pending
        on intervals.subscription_version_id = changes_pending.subscription_version_id
    where
        intervals.starts_at > subscriptions.valid_from
        and (
            (
                not intervals.is_pending
                and intervals.starts_at < {{ until('changes_pending.changes_at') }}
            )
            or (intervals.is_pending and intervals.starts_at >= changes_pending.changes_at)
        )
),

-- An interval that begins with the change has the price of that moment.
phases_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_version_id, phase_start_at order by preference desc
        ) as rank_of_moment
    from all_phases
),

final as (
    select
        subscriptions.source_account,
        subscriptions.subscription_id || '/changes' as schedule_id,
        cast(
            row_number() over (
                partition by subscriptions.subscription_id order by phases.phase_start_at
            ) as bigint
        ) as phase_number,
        subscriptions.subscription_id,
        subscriptions.subscription_version_id,
        phases.is_pending,
        phases.unit_amount,
        subscriptions.customer_id,
        'active' as schedule_status,
        'release' as end_behavior,
        false as is_deleted,
        subscriptions.currency,
        case subscriptions.collection_method
            when 'manual' then 'send_invoice'
            else 'charge_automatically'
        end as collection_method,
        phases.phase_start_at,
        row_number() over (
            partition by subscriptions.subscription_id order by phases.phase_start_at desc
        ) = 1 as is_last_phase,
        subscriptions.valid_from as schedule_created_at,
        subscriptions.valid_from as observed_at
    from phases_ranked as phases
    inner join recurly_subscriptions as subscriptions
        on phases.subscription_version_id = subscriptions.subscription_version_id
    where phases.rank_of_moment = 1
)

select * from final
