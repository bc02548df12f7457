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

-- How long a discount lasts its coupon says; that it was taken away, the redemption.
final as (
    select
        redemptions.source_account,
        redemptions.subscription_version_id,
        redemptions.discount_position,
        redemptions.subscription_id,
        subscriptions.customer_id,
        redemptions.discount_id,
        redemptions.coupon_id,
        redemptions.created_at as started_at,
        coalesce(
            redemptions.removed_at,
            case
                when recurly_coupons.duration <> 'repeating' then null
                when recurly_coupons.temporal_unit = 'day'
                    then {{ dbt.dateadd(
                        'day', 'recurly_coupons.temporal_amount', 'redemptions.created_at'
                    ) }}
                when recurly_coupons.temporal_unit = 'week'
                    then {{ dbt.dateadd(
                        'day', '7 * recurly_coupons.temporal_amount', 'redemptions.created_at'
                    ) }}
                when recurly_coupons.temporal_unit = 'month'
                    then {{ dbt.dateadd(
                        'month', 'recurly_coupons.temporal_amount', 'redemptions.created_at'
                    ) }}
                when recurly_coupons.temporal_unit = 'year'
                    then {{ dbt.dateadd(
                        'year', 'recurly_coupons.temporal_amount', 'redemptions.created_at'
                    ) }}
            end
        ) as ends_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from recurly_redemptions as redemptions
    inner join recurly_subscriptions as subscriptions
        on redemptions.subscription_version_id = subscriptions.subscription_version_id
    inner join recurly_coupons
        on redemptions.coupon_id = recurly_coupons.coupon_id
)

select * from final
