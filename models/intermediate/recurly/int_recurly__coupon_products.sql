with recurly_coupon_plans as (
    select * from {{ ref('stg_recurly__coupon_plans') }}
),

int_recurly__items_told as (
    select * from {{ ref('int_recurly__items_told') }}
    where list_price_id <> plan_list_price_id
),

-- A coupon for a plan is for the add-ons of that plan, too.
add_ons_of_plans as (
    select distinct
        plan_list_price_id,
        list_price_id
    from int_recurly__items_told
),

final as (
    select distinct
        source_account,
        coupon_id,
        product_id
    from recurly_coupon_plans
    union
    select
        coupon_plans.source_account,
        coupon_plans.coupon_id,
        add_ons_of_plans.list_price_id as product_id
    from recurly_coupon_plans as coupon_plans
    inner join add_ons_of_plans
        on coupon_plans.product_id = add_ons_of_plans.plan_list_price_id
)

select * from final
