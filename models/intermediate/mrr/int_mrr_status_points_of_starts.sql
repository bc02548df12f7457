with int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

paid_periods as (
    select
        int_billing_invoice_lines.subscription_id,
        max(int_billing_invoice_lines.period_end_at) as paid_to
    from int_billing_invoice_lines
    inner join int_mrr_subscriptions
        on int_billing_invoice_lines.subscription_id = int_mrr_subscriptions.subscription_id
    where
        int_billing_invoice_lines.invoice_status = 'paid'
        and int_billing_invoice_lines.amount > 0
        and int_billing_invoice_lines.line_type = 'subscription'
        and not int_billing_invoice_lines.is_proration
        and coalesce(int_billing_invoice_lines.usage_type, 'licensed') <> 'metered'
        and int_billing_invoice_lines.period_start_at < int_mrr_subscriptions.known_from
    group by int_billing_invoice_lines.subscription_id
),

-- Before the first state that is known, a subscription that came to nothing was never more than
-- that, a trial that began with it was a trial, and everything else was active.
start_points as (
    select
        subscription_id,
        starts_at as point_at,
        case
            when first_status in ('incomplete', 'incomplete_expired', 'not_started')
                then first_status
            when
                first_status = 'trialing'
                and coalesce(trial_start_at, starts_at)
                <= {{ dbt.dateadd('minute', 5, 'starts_at') }}
                then 'trialing'
            else 'active'
        end as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        5 as preference,
        0 as version_number
    from int_mrr_subscriptions
),

-- A first state that earns nothing is carried back no further than the last period paid for, if
-- the provider does not say since when it was so.
first_state_points as (
    select
        int_mrr_subscriptions.subscription_id,
        least(
            coalesce(
                int_mrr_subscriptions.first_status_since_at,
                greatest(
                    coalesce(paid_periods.paid_to, int_mrr_subscriptions.starts_at),
                    coalesce(int_mrr_subscriptions.trial_end_at, int_mrr_subscriptions.starts_at),
                    int_mrr_subscriptions.starts_at
                )
            ),
            int_mrr_subscriptions.known_from
        ) as point_at,
        int_mrr_subscriptions.first_status as status,
        int_mrr_subscriptions.first_pause_behavior as pause_behavior,
        2 as preference,
        0 as version_number
    from int_mrr_subscriptions
    left join paid_periods
        on int_mrr_subscriptions.subscription_id = paid_periods.subscription_id
    where
        int_mrr_subscriptions.first_evidence = 'snapshot'
        and (
            int_mrr_subscriptions.first_status in ('past_due', 'unpaid', 'paused')
            or int_mrr_subscriptions.first_pause_behavior is not null
        )
),

final as (
    select * from start_points
    union all
    select * from first_state_points
)

select * from final
