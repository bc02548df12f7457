with lemon_squeezy_subscriptions as (
    select * from {{ ref('stg_lemon_squeezy__subscription_history') }}
),

bills_of_subscriptions as (
    select * from {{ ref('int_lemon_squeezy__bills_of_subscriptions') }}
),

-- When a trial ends stands there only while it runs. Where nobody looked then, the first bill that
-- came later than the subscription tells; what ended without any bill was never more than a trial.
subscriptions_known as (
    select
        subscriptions.*,
        bills.currency,
        bills.first_billed_at,
        coalesce(
            max(subscriptions.trial_ends_at) over (partition by subscriptions.subscription_id),
            case
                when
                    bills.first_billed_at
                    > {{ dbt.dateadd('hour', 12, 'subscriptions.created_at') }}
                    then bills.first_billed_at
            end,
            max(
                case
                    when
                        bills.first_billed_at is null
                        and subscriptions.status in ('cancelled', 'expired')
                        then subscriptions.ends_at
                end
            ) over (partition by subscriptions.subscription_id)
        ) as trial_end_at,
        min(
            case when subscriptions.status in ('cancelled', 'expired') then subscriptions.valid_from
            end
        ) over (
            partition by subscriptions.subscription_id, subscriptions.ends_at
        ) as cancel_requested_at
    from lemon_squeezy_subscriptions as subscriptions
    left join bills_of_subscriptions as bills
        on subscriptions.subscription_id = bills.subscription_id
),

-- `cancelled` earns until it ends; who cancels in a trial never pays.
with_status as (
    select
        *,
        case
            when status = 'on_trial' then 'trialing'
            when status = 'expired' then 'canceled'
            when
                status = 'cancelled' and first_billed_at is null and trial_end_at >= ends_at
                then 'trialing'
            when status = 'cancelled' then 'active'
            when status in ('paused', 'pause') then 'paused'
            else status
        end as common_status
    from subscriptions_known
),

final as (
    select
        source_account,
        subscription_version_id,
        version_number,
        subscription_id,
        customer_id,
        common_status as status,
        status as status_native,
        currency,
        'charge_automatically' as collection_method,
        status = 'cancelled' as is_cancel_at_period_end,
        created_at,
        created_at as started_at,
        renews_at as current_period_end_at,
        case when trial_end_at is not null then created_at end as trial_start_at,
        trial_end_at,
        case when status = 'cancelled' then ends_at end as cancel_at,
        case when status in ('cancelled', 'expired') then least(cancel_requested_at, ends_at) end
            as canceled_at,
        case when status = 'expired' then coalesce(ends_at, valid_from) end as ended_at,
        case when common_status = 'paused' then pause_resumes_at end as pause_resumes_at,
        case when status = 'expired' then ends_at end as status_since_at,
        'snapshot' as evidence,
        valid_from,
        valid_to,
        is_newest,
        false as is_deleted
    from with_status
)

select * from final
