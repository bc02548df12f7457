with int_recurly__phases_planned as (
    select * from {{ ref('int_recurly__phases_planned') }}
),

int_recurly__discounts_given as (
    select * from {{ ref('int_recurly__discounts_given') }}
    where is_newest
),

-- A change keeps the discounts, unless they are over by then.
final as (
    select
        phases.source_account,
        phases.schedule_id,
        phases.phase_number,
        cast(null as bigint) as item_number,
        cast(discounts_given.discount_position as bigint) as discount_position,
        discounts_given.coupon_id,
        discounts_given.discount_id
    from int_recurly__phases_planned as phases
    inner join int_recurly__discounts_given as discounts_given
        on phases.subscription_version_id = discounts_given.subscription_version_id
    where phases.phase_start_at < {{ until('discounts_given.ends_at') }}
)

select * from final
