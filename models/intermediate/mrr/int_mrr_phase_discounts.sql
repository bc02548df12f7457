with int_mrr_phase_items_to_come as (
    select
        *,
        {{ monthly_amount('1', 'billing_interval', 'billing_interval_count') }}
            as invoices_a_month
    from {{ ref('int_mrr_phase_items_to_come') }}
),

int_billing_subscription_phase_discounts as (
    select * from {{ ref('int_billing_subscription_phase_discounts') }}
),

int_billing_discounts as (
    select * from {{ ref('int_billing_discounts') }}
),

int_billing_discount_products as (
    select * from {{ ref('int_billing_discount_products') }}
),

int_billing_coupons as (
    select * from {{ ref('int_billing_coupons') }}
),

int_billing_coupon_products as (
    select * from {{ ref('int_billing_coupon_products') }}
),

-- A discount that is kept has its own terms, a coupon that is redeemed anew those of today.
discounts_with_terms as (
    select
        phase_discounts.*,
        coalesce(discounts.duration, coupons.duration) as duration,
        coalesce(discounts.percent_off, coupons.percent_off) as percent_off,
        coalesce(discounts.amount_off, coupons.amount_off) as amount_off,
        coalesce(discounts.currency, coupons.currency) as currency,
        coalesce(discounts.is_limited_to_products, coupons.is_limited_to_products, false)
            as is_limited_to_products
    from int_billing_subscription_phase_discounts as phase_discounts
    left join int_billing_discounts as discounts
        on phase_discounts.discount_id = discounts.discount_id
    left join int_billing_coupons as coupons
        on phase_discounts.coupon_id = coupons.coupon_id
),

discounts_of_items as (
    select
        phase_items.*,
        discounts.discount_position,
        discounts.percent_off,
        case when discounts.item_number is not null then 1 else 2 end as stage,
        {{ monthly_amount(
            'case when discounts.currency = phase_items.native_currency'
            ~ ' then discounts.amount_off else 0 end',
            'phase_items.billing_interval',
            'phase_items.billing_interval_count'
        ) }} as monthly_amount_off
    from int_mrr_phase_items_to_come as phase_items
    inner join discounts_with_terms as discounts
        on
            phase_items.schedule_id = discounts.schedule_id
            and phase_items.phase_number = discounts.phase_number
            and coalesce(discounts.item_number, phase_items.item_number) = phase_items.item_number
    left join int_billing_discount_products as discount_products
        on
            discounts.discount_id = discount_products.discount_id
            and phase_items.product_id = discount_products.product_id
    left join int_billing_coupon_products as coupon_products
        on
            discounts.coupon_id = coupon_products.coupon_id
            and phase_items.product_id = coupon_products.product_id
    where
        (
            not discounts.is_limited_to_products
            or discount_products.product_id is not null
            or coupon_products.product_id is not null
        )
        and (
            discounts.duration <> 'once'
            or {{ is_longer_than_a_month(
                'phase_items.billing_interval', 'phase_items.billing_interval_count'
            ) }}
        )
),

compared as (
    select
        *,
        max(case when gross_mrr > 0 then invoices_a_month end) over (
            partition by schedule_id, phase_number, stage, discount_position
        ) as most_invoices_a_month
    from discounts_of_items
),

-- In the shape of int_mrr_slice_discounts, to be taken in the same way.
final as (
    select
        'committed' as book,
        subscription_id,
        cast(item_number as {{ dbt.type_string() }}) as subscription_item_id,
        phase_start_at as valid_from,
        percent_off,
        monthly_amount_off,
        coalesce(invoices_a_month = most_invoices_a_month, false) as is_on_every_invoice,
        gross_mrr,
        dense_rank() over (
            partition by subscription_id, phase_start_at
            order by stage, discount_position
        ) as discount_number
    from compared
)

select * from final
