with lemon_squeezy_subscriptions as (
    select * from {{ ref('stg_lemon_squeezy__subscription_history') }}
),

int_lemon_squeezy__discounts_given as (
    select * from {{ ref('int_lemon_squeezy__discounts_given') }}
),

-- A subscription does not show its discount: it has it until the discount is over.
final as (
    select
        subscriptions.source_account,
        subscriptions.subscription_version_id as owner_version_id,
        'subscription' as discount_level,
        subscriptions.customer_id,
        subscriptions.subscription_id,
        cast(
            row_number() over (
                partition by subscriptions.subscription_version_id
                order by discounts_given.discount_id
            ) - 1 as bigint
        ) as discount_position,
        discounts_given.discount_id,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from lemon_squeezy_subscriptions as subscriptions
    inner join int_lemon_squeezy__discounts_given as discounts_given
        on subscriptions.subscription_id = discounts_given.subscription_id
    where subscriptions.valid_from < {{ until('discounts_given.ends_at') }}
)

select * from final
