with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
    where coupon_id is not null
),

final as (
    select
        source_account,
        subscription_version_id as owner_version_id,
        'subscription' as discount_level,
        customer_id,
        subscription_id,
        cast(0 as bigint) as discount_position,
        subscription_id || '/' || coupon_id as discount_id,
        valid_from,
        valid_to,
        is_newest
    from polar_subscriptions
)

select * from final
