with stripe_discounts as (
    select * from {{ ref('stg_stripe__discounts') }}
),

coupon_versions as (
    select * from {{ ref('stg_stripe__coupon_history') }}
),

-- A coupon that is younger than the discount is another one with its id.
versions_ranked as (
    select
        stripe_discounts.discount_id,
        coupon_versions.coupon_id,
        coupon_versions.created_at,
        coupon_versions.duration,
        coupon_versions.percent_off,
        coupon_versions.amount_off_minor,
        coupon_versions.amount_off,
        coupon_versions.currency,
        row_number() over (
            partition by stripe_discounts.discount_id
            order by coupon_versions.created_at desc, coupon_versions.valid_from desc
        ) as recency
    from stripe_discounts
    inner join coupon_versions
        on stripe_discounts.coupon_id = coupon_versions.coupon_id
    where
        stripe_discounts.started_at is null
        or coupon_versions.created_at is null
        or coupon_versions.created_at <= stripe_discounts.started_at
),

final as (
    select
        discount_id,
        coupon_id,
        created_at as coupon_created_at,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency
    from versions_ranked
    where recency = 1
)

select * from final
