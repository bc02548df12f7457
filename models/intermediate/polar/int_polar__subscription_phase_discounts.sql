with polar_subscriptions as (
    select * from {{ ref('stg_polar__subscription_history') }}
    where is_newest and coupon_id is not null
),

int_polar__subscription_phases as (
    select * from {{ ref('int_polar__subscription_phases') }}
),

int_polar__discounts_given as (
    select * from {{ ref('int_polar__discounts_given') }}
),

-- An update keeps the discount, unless it is over by then.
final as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        cast(null as bigint) as item_number,
        cast(0 as bigint) as discount_position,
        subscriptions.coupon_id,
        discounts_given.discount_id
    from int_polar__subscription_phases as phases
    inner join polar_subscriptions as subscriptions
        on phases.subscription_id = subscriptions.subscription_id
    inner join int_polar__discounts_given as discounts_given
        on
            subscriptions.subscription_id = discounts_given.subscription_id
            and subscriptions.coupon_id = discounts_given.coupon_id
    where phases.phase_start_at < {{ until('discounts_given.ends_at') }}
)

select * from final
