with recurly_coupon_plans as (
    select * from {{ ref('stg_recurly__coupon_plans') }}
),

final as (
    select distinct
        source_account,
        coupon_id,
        product_id
    from recurly_coupon_plans
)

select * from final
