{{ config(materialized='table') }}

with subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

versions_dated as (
    select
        subscription_versions.subscription_id,
        subscription_versions.status,
        subscription_versions.pause_behavior,
        subscription_versions.pause_resumes_at,
        case
            -- whoever looks after the end sees nothing but the end
            when subscription_versions.valid_from >= subscriptions.ends_at
                then subscriptions.ends_at
            when subscription_versions.subscription_version_id = subscriptions.first_version_id
                then subscriptions.known_from
            else subscription_versions.valid_from
        end as point_at,
        subscription_versions.version_number,
        subscription_versions.valid_to,
        row_number() over (
            partition by subscription_versions.subscription_id, subscription_versions.valid_from
            order by subscription_versions.version_number desc
        ) as recency
    from subscription_versions
    inner join subscriptions
        on subscription_versions.subscription_id = subscriptions.subscription_id
    where subscription_versions.valid_from <= {{ as_of_timestamp() }}
),

version_points as (
    select
        subscription_id,
        point_at,
        status,
        pause_behavior,
        1 as preference,
        version_number
    from versions_dated
    where recency = 1
),

-- a pause with a set end is over then, seen or not
resume_points as (
    select
        subscription_id,
        pause_resumes_at as point_at,
        status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        3 as preference,
        0 as version_number
    from versions_dated
    where
        recency = 1
        and pause_behavior is not null
        and pause_resumes_at > point_at
        and pause_resumes_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

paid_until as (
    select
        invoice_lines.subscription_id,
        max(invoice_lines.period_end_at) as paid_to
    from invoice_lines
    inner join subscriptions
        on invoice_lines.subscription_id = subscriptions.subscription_id
    where
        invoice_lines.invoice_status = 'paid'
        and invoice_lines.amount > 0
        and invoice_lines.line_type = 'subscription'
        and not invoice_lines.is_proration
        and coalesce(invoice_lines.usage_type, 'licensed') <> 'metered'
        and invoice_lines.period_start_at < subscriptions.known_from
    group by invoice_lines.subscription_id
),

-- what was before the first state we know: statuses that earn nothing are carried back no further
-- than the last period that was paid for
beginnings as (
    select
        subscriptions.subscription_id,
        subscriptions.starts_at,
        subscriptions.known_from,
        subscriptions.trial_start_at,
        subscriptions.trial_end_at,
        subscriptions.first_status,
        subscriptions.first_pause_behavior,
        case
            when subscriptions.first_status in ('incomplete', 'incomplete_expired')
                then subscriptions.first_status
            when
                subscriptions.first_status = 'trialing'
                and coalesce(subscriptions.trial_start_at, subscriptions.starts_at)
                <= {{ dbt.dateadd('minute', 5, 'subscriptions.starts_at') }}
                then 'trialing'
            else 'active'
        end as status_before,
        least(
            greatest(
                coalesce(paid_until.paid_to, subscriptions.starts_at),
                coalesce(subscriptions.trial_end_at, subscriptions.starts_at),
                subscriptions.starts_at
            ),
            subscriptions.known_from
        ) as first_state_at
    from subscriptions
    left join paid_until
        on subscriptions.subscription_id = paid_until.subscription_id
),

start_points as (
    select
        subscription_id,
        starts_at as point_at,
        status_before as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        5 as preference,
        0 as version_number
    from beginnings
    union all
    select
        beginnings.subscription_id,
        beginnings.first_state_at as point_at,
        beginnings.first_status as status,
        beginnings.first_pause_behavior as pause_behavior,
        2 as preference,
        0 as version_number
    from beginnings
    inner join subscriptions
        on beginnings.subscription_id = subscriptions.subscription_id
    where
        subscriptions.first_evidence = 'snapshot'
        and (
            beginnings.first_status in ('past_due', 'unpaid', 'paused')
            or beginnings.first_pause_behavior is not null
        )
),

versions_before_trial_end as (
    select
        subscriptions.subscription_id,
        max(versions_dated.point_at) as last_seen_at
    from subscriptions
    inner join versions_dated
        on subscriptions.subscription_id = versions_dated.subscription_id
    where versions_dated.point_at <= subscriptions.trial_end_at
    group by subscriptions.subscription_id
),

first_versions_after_trial as (
    select
        versions_dated.subscription_id,
        versions_dated.status,
        row_number() over (
            partition by versions_dated.subscription_id order by versions_dated.point_at
        ) as version_order
    from versions_dated
    inner join subscriptions
        on versions_dated.subscription_id = subscriptions.subscription_id
    where
        versions_dated.recency = 1
        and versions_dated.point_at >= subscriptions.trial_end_at
),

-- a trial begins and ends when the subscription says, however late somebody looked
trial_points as (
    select
        subscription_id,
        trial_start_at as point_at,
        'trialing' as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        4 as preference,
        0 as version_number
    from subscriptions
    where
        trial_start_at is not null
        and trial_end_at > trial_start_at
        and trial_start_at < known_from
    union all
    select
        subscriptions.subscription_id,
        subscriptions.trial_end_at as point_at,
        case
            when first_versions_after_trial.status = 'paused' then 'paused'
            when first_versions_after_trial.status = 'trialing' then 'trialing'
            else 'active'
        end as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        4 as preference,
        0 as version_number
    from subscriptions
    inner join first_versions_after_trial
        on
            subscriptions.subscription_id = first_versions_after_trial.subscription_id
            and first_versions_after_trial.version_order = 1
    left join versions_before_trial_end
        on subscriptions.subscription_id = versions_before_trial_end.subscription_id
    left join versions_dated
        on
            versions_before_trial_end.subscription_id = versions_dated.subscription_id
            and versions_before_trial_end.last_seen_at = versions_dated.point_at
            and versions_dated.recency = 1
    where
        subscriptions.trial_end_at > subscriptions.trial_start_at
        and coalesce(versions_dated.status, 'trialing') = 'trialing'
),

all_points as (
    select * from version_points
    union all
    select * from resume_points
    union all
    select * from start_points
    union all
    select * from trial_points
),

points_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, point_at order by preference asc, version_number desc
        ) as recency
    from all_points
    where point_at <= {{ as_of_timestamp() }}
),

points_compared as (
    select
        subscription_id,
        point_at,
        status,
        pause_behavior,
        lag(status || '|' || coalesce(pause_behavior, '')) over (
            partition by subscription_id order by point_at
        ) as state_before
    from points_ranked
    where recency = 1
),

changes as (
    select
        subscription_id,
        point_at,
        status,
        pause_behavior,
        lead(point_at) over (partition by subscription_id order by point_at) as next_change_at
    from points_compared
    where state_before is null or state_before <> status || '|' || coalesce(pause_behavior, '')
),

stretches as (
    select
        changes.subscription_id,
        changes.status,
        changes.pause_behavior,
        changes.point_at as valid_from,
        case
            when subscriptions.ends_at is null then changes.next_change_at
            else least(
                coalesce(changes.next_change_at, subscriptions.ends_at), subscriptions.ends_at
            )
        end as valid_to,
        subscriptions.is_proven
    from changes
    inner join subscriptions
        on changes.subscription_id = subscriptions.subscription_id
    where
        changes.point_at < coalesce(
            subscriptions.ends_at, {{ dbt.dateadd('day', 1, as_of_timestamp()) }}
        )
),

-- with a grace period set, what is past due longer than that stops earning
stretches_with_grace as (
    select
        *,
        case
            when status = 'past_due'
                then {{ dbt.dateadd(
                    'day', (mrr_switch('past_due_grace_days') or '1000000') | int, 'valid_from'
                ) }}
        end as grace_ends_at
    from stretches
),

parts as (
    select
        subscription_id,
        status,
        pause_behavior,
        is_proven,
        false as is_grace_over,
        valid_from,
        case
            when grace_ends_at < coalesce(valid_to, {{ as_of_timestamp() }}) then grace_ends_at
            else valid_to
        end as valid_to
    from stretches_with_grace
    union all
    select
        subscription_id,
        status,
        pause_behavior,
        is_proven,
        true as is_grace_over,
        cast(grace_ends_at as {{ timestamp_type() }}) as valid_from,
        valid_to
    from stretches_with_grace
    where grace_ends_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

stated as (
    select
        *,
        case
            when is_grace_over then 'unpaid'
            when status = 'trialing' then 'trial'
            when status = 'paused' then 'paused'
            when status in ('incomplete', 'incomplete_expired') then 'unproven'
            when status = 'unpaid' then 'unpaid'
            when status = 'canceled' then 'ended'
            when
                pause_behavior in ('void', 'mark_uncollectible')
                and '{{ mrr_switch('pause_mode') }}' = 'zero'
                then 'paused'
            when status in ('active', 'past_due') then 'earning'
            else 'unknown'
        end as state_if_proven
    from parts
),

final as (
    select
        subscription_id,
        status,
        pause_behavior,
        case when is_proven then state_if_proven else 'unproven' end as earning_state,
        state_if_proven,
        valid_from,
        valid_to
    from stated
)

select * from final
