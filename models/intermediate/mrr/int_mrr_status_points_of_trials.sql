with int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_versions_dated as (
    select * from {{ ref('int_mrr_versions_dated') }}
),

int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

last_bills as (
    select
        subscription_id,
        max(period_start_at) as last_period_at
    from int_billing_invoice_lines
    group by subscription_id
),

versions_around_trial_end as (
    select
        int_mrr_versions_dated.subscription_id,
        int_mrr_versions_dated.status,
        int_mrr_versions_dated.status_since_at,
        int_mrr_versions_dated.status_seen_at
        <= int_mrr_subscriptions.trial_end_at as is_before_end,
        int_mrr_versions_dated.status_seen_at
        >= int_mrr_subscriptions.trial_end_at as is_after_end,
        row_number() over (
            partition by
                int_mrr_versions_dated.subscription_id,
                int_mrr_versions_dated.status_seen_at <= int_mrr_subscriptions.trial_end_at
            order by
                int_mrr_versions_dated.status_seen_at desc,
                int_mrr_versions_dated.version_number desc
        ) as number_before,
        row_number() over (
            partition by
                int_mrr_versions_dated.subscription_id,
                int_mrr_versions_dated.status_seen_at >= int_mrr_subscriptions.trial_end_at
            order by int_mrr_versions_dated.status_seen_at, int_mrr_versions_dated.version_number
        ) as number_after
    from int_mrr_versions_dated
    inner join int_mrr_subscriptions
        on int_mrr_versions_dated.subscription_id = int_mrr_subscriptions.subscription_id
),

last_versions_before as (
    select * from versions_around_trial_end
    where is_before_end and number_before = 1
),

first_versions_after as (
    select * from versions_around_trial_end
    where is_after_end and number_after = 1
),

trial_starts as (
    select
        subscription_id,
        trial_start_at as point_at,
        'trialing' as status
    from int_mrr_subscriptions
    where
        trial_start_at is not null
        and trial_end_at > trial_start_at
        and trial_start_at < known_from
),

-- A trial ends when the subscription says, however late somebody looked. What was paused later than
-- that was active then; what has a bill of its trial and none after it had no card, and was paused.
trial_ends as (
    select
        int_mrr_subscriptions.subscription_id,
        int_mrr_subscriptions.trial_end_at as point_at,
        case
            when
                last_bills.last_period_at < int_mrr_subscriptions.trial_end_at
                and first_versions_after.status not in ('active', 'past_due')
                then 'paused'
            when first_versions_after.status_since_at > int_mrr_subscriptions.trial_end_at
                then 'active'
            when first_versions_after.status in ('paused', 'trialing')
                then first_versions_after.status
            else 'active'
        end as status
    from int_mrr_subscriptions
    inner join first_versions_after
        on int_mrr_subscriptions.subscription_id = first_versions_after.subscription_id
    left join last_versions_before
        on int_mrr_subscriptions.subscription_id = last_versions_before.subscription_id
    left join last_bills
        on int_mrr_subscriptions.subscription_id = last_bills.subscription_id
    where
        int_mrr_subscriptions.trial_end_at > int_mrr_subscriptions.trial_start_at
        and coalesce(last_versions_before.status, 'trialing') = 'trialing'
),

final as (
    select
        subscription_id,
        point_at,
        status
    from trial_starts
    union all
    select
        subscription_id,
        point_at,
        status
    from trial_ends
)

select * from final
