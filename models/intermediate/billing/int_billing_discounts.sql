{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('discounts') }}
),

coupons as (
    select * from {{ ref('int_billing_coupons') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.discount_id,
        all_vendors.coupon_id,
        all_vendors.promotion_code_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.subscription_id,
        all_vendors.subscription_item_id,
        -- terms: those that the discount itself carried win over those of its coupon today
        coalesce(all_vendors.duration, coupons.duration) as duration,
        coupons.duration_in_months,
        case
            when all_vendors.duration is not null then all_vendors.percent_off
            else coupons.percent_off
        end as percent_off,
        case
            when all_vendors.duration is not null then all_vendors.amount_off_minor
            else coupons.amount_off_minor
        end as amount_off_minor,
        case
            when all_vendors.duration is not null then all_vendors.amount_off
            else coupons.amount_off
        end as amount_off,
        case
            when all_vendors.duration is not null then all_vendors.currency
            else coupons.currency
        end as currency,
        coalesce(coupons.is_limited_to_products, false) as is_limited_to_products,
        -- times
        all_vendors.started_at,
        all_vendors.ends_at
    from all_vendors
    left join coupons
        on all_vendors.coupon_id = coupons.coupon_id
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final
