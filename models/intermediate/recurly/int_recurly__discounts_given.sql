with recurly_redemptions as (
    select * from {{ ref('stg_recurly__subscription_redemptions') }}
),

recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

recurly_coupons as (
    select * from {{ ref('stg_recurly__coupons') }}
    where coalesce(discount_type, '') <> 'free_trial'
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

-- Billing periods are those of the plan, and the first is not the trial.
periods_given as (
    select
        redemptions.*,
        subscriptions.customer_id,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest,
        recurly_coupons.duration,
        case
            when recurly_coupons.temporal_unit = 'billing_period'
                then recurly_plans.billing_interval
            else recurly_coupons.temporal_unit
        end as temporal_unit,
        recurly_coupons.temporal_amount * case
            when recurly_coupons.temporal_unit = 'billing_period'
                then recurly_plans.billing_interval_count
            else 1
        end as temporal_amount,
        case
            when recurly_coupons.temporal_unit = 'billing_period'
                then greatest(
                    redemptions.created_at,
                    coalesce(subscriptions.trial_end_at, redemptions.created_at)
                )
            else redemptions.created_at
        end as counted_from
    from recurly_redemptions as redemptions
    inner join recurly_subscriptions as subscriptions
        on redemptions.subscription_version_id = subscriptions.subscription_version_id
    inner join recurly_coupons
        on redemptions.coupon_id = recurly_coupons.coupon_id
    left join recurly_plans
        on subscriptions.list_price_id = recurly_plans.list_price_id
),

-- How long a discount lasts its coupon says; that it was taken away, the redemption.
final as (
    select
        source_account,
        subscription_version_id,
        discount_position,
        subscription_id,
        customer_id,
        discount_id,
        coupon_id,
        created_at as started_at,
        coalesce(
            removed_at,
            case
                when duration <> 'repeating' then null
                when temporal_unit = 'day'
                    then {{ dbt.dateadd('day', 'temporal_amount', 'counted_from') }}
                when temporal_unit = 'week'
                    then {{ dbt.dateadd('day', '7 * temporal_amount', 'counted_from') }}
                when temporal_unit = 'month'
                    then {{ dbt.dateadd('month', 'temporal_amount', 'counted_from') }}
                when temporal_unit = 'year'
                    then {{ dbt.dateadd('year', 'temporal_amount', 'counted_from') }}
            end
        ) as ends_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from periods_given
)

select * from final
