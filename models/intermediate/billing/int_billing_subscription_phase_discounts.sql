with stripe_phases as (
    select * from {{ ref('stg_stripe__subscription_schedule_phases') }}
),

stripe_phase_discounts as (
    select * from {{ ref('stg_stripe__subscription_schedule_phase_discounts') }}
),

stripe_promotion_codes as (
    select * from {{ ref('stg_stripe__promotion_codes') }}
),

discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

phases_with_list as (
    select distinct
        schedule_id,
        phase_number
    from stripe_phase_discounts
),

all_shapes as (
    select
        stripe_phase_discounts.schedule_id,
        stripe_phase_discounts.phase_number,
        stripe_phase_discounts.discount_number,
        stripe_phase_discounts.discount_id,
        coalesce(
            stripe_phase_discounts.coupon_id,
            stripe_promotion_codes.coupon_id,
            discounts.coupon_id
        ) as coupon_id
    from stripe_phase_discounts
    left join stripe_promotion_codes
        on stripe_phase_discounts.promotion_code_id = stripe_promotion_codes.promotion_code_id
    left join discounts
        on stripe_phase_discounts.discount_id = discounts.discount_id
    union all
    -- the older shape: one coupon on the phase
    select
        stripe_phases.schedule_id,
        stripe_phases.phase_number,
        1 as discount_number,
        cast(null as {{ dbt.type_string() }}) as discount_id,
        stripe_phases.coupon_id
    from stripe_phases
    left join phases_with_list
        on
            stripe_phases.schedule_id = phases_with_list.schedule_id
            and stripe_phases.phase_number = phases_with_list.phase_number
    where stripe_phases.coupon_id is not null and phases_with_list.schedule_id is null
),

final as (
    select
        'stripe' as billing_provider,
        schedule_id,
        phase_number,
        discount_number,
        discount_id,
        coupon_id
    from all_shapes
)

select * from final
