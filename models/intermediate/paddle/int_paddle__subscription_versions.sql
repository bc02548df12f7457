with paddle_subscriptions as (
    select * from {{ ref('stg_paddle__subscription_history') }}
),

paddle_items as (
    select * from {{ ref('stg_paddle__subscription_items') }}
),

-- A trial that is over stands in older states only.
trials as (
    select
        subscription_id,
        min(trial_start_at) as trial_start_at,
        max(trial_end_at) as trial_end_at
    from paddle_items
    where trial_end_at is not null
    group by subscription_id
),

requests as (
    select
        subscription_id,
        scheduled_at,
        min(valid_from) as requested_at
    from paddle_subscriptions
    where scheduled_action = 'cancel'
    group by
        subscription_id,
        scheduled_at
),

final as (
    select
        -- keys
        subscriptions.source_account,
        subscriptions.subscription_version_id,
        subscriptions.version_number,
        subscriptions.subscription_id,
        subscriptions.customer_id,
        -- facts
        subscriptions.status,
        subscriptions.status as status_native,
        subscriptions.currency,
        case subscriptions.collection_mode
            when 'manual' then 'send_invoice'
            else 'charge_automatically'
        end as collection_method,
        coalesce(subscriptions.scheduled_action = 'cancel', false) as is_cancel_at_period_end,
        subscriptions.metadata,
        -- times
        subscriptions.created_at,
        subscriptions.started_at,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        -- where no state tells of the trial, the first bill tells when it was over
        case
            when trials.subscription_id is not null then trials.trial_start_at
            when
                subscriptions.first_billed_at
                > {{ dbt.dateadd('hour', 12, 'subscriptions.started_at') }}
                then subscriptions.started_at
        end as trial_start_at,
        case
            when trials.subscription_id is not null then trials.trial_end_at
            when
                subscriptions.first_billed_at
                > {{ dbt.dateadd('hour', 12, 'subscriptions.started_at') }}
                then subscriptions.first_billed_at
        end as trial_end_at,
        case when subscriptions.scheduled_action = 'cancel' then subscriptions.scheduled_at end
            as cancel_at,
        coalesce(
            requests.requested_at,
            case when subscriptions.status = 'canceled' then subscriptions.canceled_at end
        ) as canceled_at,
        case when subscriptions.status = 'canceled' then subscriptions.canceled_at end as ended_at,
        case when subscriptions.scheduled_action = 'resume' then subscriptions.scheduled_at end
            as pause_resumes_at,
        case subscriptions.status
            when 'paused' then subscriptions.paused_at
            when 'canceled' then subscriptions.canceled_at
        end as status_since_at,
        -- evidence
        case when subscriptions.observed_via = 'event' then 'event' else 'snapshot' end
            as evidence,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest,
        false as is_deleted
    from paddle_subscriptions as subscriptions
    left join trials
        on subscriptions.subscription_id = trials.subscription_id
    left join requests
        on
            subscriptions.subscription_id = requests.subscription_id
            and requests.scheduled_at = case
                when subscriptions.status = 'canceled' then subscriptions.canceled_at
                when subscriptions.scheduled_action = 'cancel' then subscriptions.scheduled_at
            end
)

select * from final
