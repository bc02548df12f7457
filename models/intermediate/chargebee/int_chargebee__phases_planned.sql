with chargebee_changes as (
    select * from {{ ref('stg_chargebee__scheduled_changes') }}
    where not is_deleted and status = 'scheduled' and effective_from_at is not null
),

chargebee_subscriptions as (
    select * from {{ ref('stg_chargebee__subscription_history') }}
    where is_newest and valid_to is null and status not in ('cancelled', 'transferred')
),

-- A renewal that was planned holds as long as the subscription says that something is.
final as (
    select
        changes.source_account,
        changes.subscription_id || '/changes' as schedule_id,
        cast(
            row_number() over (
                partition by changes.subscription_id
                order by
                    changes.effective_from_at asc,
                    changes.kind desc,
                    changes.scheduled_change_id asc
            ) as bigint
        ) as phase_number,
        changes.scheduled_change_id,
        -- what a renewal does not name is gone: it begins anew
        sum(case when changes.kind = 'renewal' then 1 else 0 end) over (
            partition by changes.subscription_id
            order by
                changes.effective_from_at asc, changes.kind desc, changes.scheduled_change_id asc
            rows between unbounded preceding and current row
        ) as renewals_before,
        changes.subscription_id,
        subscriptions.customer_id,
        'active' as schedule_status,
        'release' as end_behavior,
        false as is_deleted,
        subscriptions.currency,
        'charge_automatically' as collection_method,
        changes.effective_from_at as phase_start_at,
        row_number() over (
            partition by changes.subscription_id
            order by
                changes.effective_from_at desc, changes.kind asc, changes.scheduled_change_id desc
        ) = 1 as is_last_phase,
        coalesce(changes.created_at, changes.observed_at) as schedule_created_at,
        changes.observed_at
    from chargebee_changes as changes
    inner join chargebee_subscriptions as subscriptions
        on changes.subscription_id = subscriptions.subscription_id
    where changes.kind = 'ramp' or subscriptions.has_scheduled_changes
)

select * from final
