with recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

recurly_invoices as (
    select * from {{ ref('stg_recurly__invoices') }}
),

recurly_lines as (
    select * from {{ ref('stg_recurly__line_items') }}
),

past_due as (
    select
        recurly_lines.subscription_id,
        min(coalesce(recurly_invoices.due_at, recurly_invoices.created_at)) as due_since_at
    from recurly_lines
    inner join recurly_invoices
        on recurly_lines.invoice_id = recurly_invoices.invoice_id
    where recurly_invoices.state = 'past_due'
    group by recurly_lines.subscription_id
),

-- A trial may end without a word: nothing of its subscription need change, bills tell.
bills_after_trial as (
    select distinct subscriptions.subscription_version_id
    from recurly_subscriptions as subscriptions
    inner join recurly_lines
        on
            subscriptions.subscription_id = recurly_lines.subscription_id
            and recurly_lines.origin = 'plan'
            and recurly_lines.line_type = 'charge'
            and subscriptions.trial_end_at <= recurly_lines.period_start_at
    where
        subscriptions.is_newest
        and subscriptions.trial_end_at > subscriptions.valid_from
        and subscriptions.trial_end_at <= {{ as_of_timestamp() }}
),

-- A pause is planned ahead of its period. One that was called off is known by a bill within it.
pauses_planned as (
    select
        subscriptions.subscription_version_id,
        max(subscriptions.paused_at) as pause_starts_at
    from recurly_subscriptions as subscriptions
    left join recurly_lines
        on
            subscriptions.subscription_id = recurly_lines.subscription_id
            and recurly_lines.origin = 'plan'
            and recurly_lines.line_type = 'charge'
            and subscriptions.paused_at <= recurly_lines.period_start_at
            and recurly_lines.period_start_at < {{ until('subscriptions.resume_at') }}
    where
        subscriptions.state = 'active'
        and subscriptions.paused_at > subscriptions.valid_from
    group by subscriptions.subscription_version_id
    having count(recurly_lines.line_id) = 0
),

-- Trials are called active; `canceled` earns until it expires; that a bill is past due, the bill says.
with_status as (
    select
        subscriptions.*,
        past_due.due_since_at,
        pauses_planned.pause_starts_at,
        case
            when subscriptions.state = 'future' then 'not_started'
            when subscriptions.state = 'failed' then 'incomplete_expired'
            when subscriptions.state = 'expired' then 'canceled'
            when subscriptions.state = 'paused' then 'paused'
            when subscriptions.state not in ('active', 'canceled') then subscriptions.state
            when
                subscriptions.trial_end_at > subscriptions.valid_from
                and bills_after_trial.subscription_version_id is null
                then 'trialing'
            when
                past_due.subscription_id is not null
                and subscriptions.is_newest
                and subscriptions.collection_method <> 'manual'
                then 'past_due'
            else 'active'
        end as common_status,
        bills_after_trial.subscription_version_id is not null as is_trial_over
    from recurly_subscriptions as subscriptions
    left join bills_after_trial
        on subscriptions.subscription_version_id = bills_after_trial.subscription_version_id
    left join past_due
        on subscriptions.subscription_id = past_due.subscription_id
    left join pauses_planned
        on subscriptions.subscription_version_id = pauses_planned.subscription_version_id
),

final as (
    select
        source_account,
        subscription_version_id,
        version_number,
        subscription_id,
        customer_id,
        common_status as status,
        state as status_native,
        currency,
        case collection_method when 'manual' then 'send_invoice' else 'charge_automatically' end
            as collection_method,
        state = 'canceled' as is_cancel_at_period_end,
        expiration_reason as cancellation_reason,
        created_at,
        started_at,
        current_period_start_at,
        current_period_end_at,
        trial_start_at,
        trial_end_at,
        case when state = 'canceled' then expires_at end as cancel_at,
        case
            when state in ('canceled', 'expired') then coalesce(canceled_at, expires_at)
        end as canceled_at,
        case when state = 'expired' then coalesce(expires_at, valid_from) end as ended_at,
        pause_starts_at,
        case
            when state = 'paused' or pause_starts_at is not null then resume_at
        end as pause_resumes_at,
        case common_status
            when 'paused' then paused_at
            when 'canceled' then expires_at
            when 'past_due' then due_since_at
        end as status_since_at,
        'snapshot' as evidence,
        case when is_trial_over then trial_end_at else valid_from end as valid_from,
        valid_to,
        is_newest,
        false as is_deleted
    from with_status
)

select * from final
