{{ config(materialized='table') }}

with slices as (
    select * from {{ ref('int_mrr_slices') }}
),

discount_stretches as (
    select * from {{ ref('int_mrr_discount_stretches') }}
),

coupon_products as (
    select * from {{ ref('int_billing_coupon_products') }}
),

coupon_currency_options as (
    select * from {{ ref('int_billing_coupon_currency_options') }}
),

-- an amount is per invoice, so it is spread over months like the price
discounts_of_items as (
    select
        slices.subscription_id,
        slices.subscription_item_id,
        slices.valid_from,
        discount_stretches.discount_level,
        discount_stretches.discount_id,
        discount_stretches.percent_off,
        {{ monthly_amount(
            "case when discount_stretches.currency = slices.native_currency"
            ~ " then discount_stretches.amount_off"
            ~ " else coalesce(coupon_currency_options.amount_off, 0) end",
            'slices.billing_interval',
            'slices.billing_interval_count'
        ) }} as monthly_amount_off
    from slices
    inner join discount_stretches
        on
            slices.subscription_id = discount_stretches.subscription_id
            and coalesce(
                discount_stretches.subscription_item_id, slices.subscription_item_id
            ) = slices.subscription_item_id
            and slices.valid_from >= discount_stretches.valid_from
            and (
                discount_stretches.valid_to is null
                or slices.valid_from < discount_stretches.valid_to
            )
    left join coupon_products
        on
            discount_stretches.coupon_id = coupon_products.coupon_id
            and slices.product_id = coupon_products.product_id
    left join coupon_currency_options
        on
            discount_stretches.coupon_id = coupon_currency_options.coupon_id
            and slices.native_currency = coupon_currency_options.currency
    where
        (not discount_stretches.is_limited_to_products or coupon_products.product_id is not null)
        and (
            not discount_stretches.needs_long_period
            or slices.is_long_period
            or '{{ mrr_switch('discount_mode') }}' = 'all'
        )
),

-- a discount of the customer counts where the subscription has none of its own
levels_compared as (
    select
        *,
        max(case when discount_level = 'subscription' then 1 else 0 end) over (
            partition by subscription_id, valid_from
        ) as has_own_discount
    from discounts_of_items
),

discounts_that_count as (
    select
        subscription_id,
        subscription_item_id,
        valid_from,
        discount_id,
        case when discount_level = 'subscription_item' then 1 else 2 end as stage,
        percent_off,
        monthly_amount_off,
        row_number() over (
            partition by
                subscription_id,
                subscription_item_id,
                valid_from,
                case when discount_level = 'subscription_item' then 1 else 2 end,
                case when percent_off is null then 1 else 0 end
            order by discount_id
        ) as discount_number
    from levels_compared
    where discount_level <> 'customer' or has_own_discount = 0
),

stages_summed as (
    select
        subscription_id,
        subscription_item_id,
        valid_from,
        stage,
        {{ share_kept(
            'percent_off', 'case when percent_off is not null then discount_number end'
        ) }}
            as share_kept,
        cast(
            coalesce(sum(case when percent_off is null then monthly_amount_off end), 0)
            as decimal(38, 9)
        ) as amount_off
    from discounts_that_count
    group by
        subscription_id,
        subscription_item_id,
        valid_from,
        stage
),

-- item discounts first, percent before amount, never below zero
after_item_discounts as (
    select
        slices.subscription_id,
        slices.subscription_item_id,
        slices.valid_from,
        greatest(
            cast(round(
                cast(slices.gross_mrr as decimal(20, 9)) * coalesce(item_stage.share_kept, 1), 9
            ) as decimal(38, 9)) - coalesce(item_stage.amount_off, 0),
            cast(0 as decimal(38, 9))
        ) as left_over
    from slices
    left join stages_summed as item_stage
        on
            slices.subscription_id = item_stage.subscription_id
            and slices.subscription_item_id = item_stage.subscription_item_id
            and slices.valid_from = item_stage.valid_from
            and item_stage.stage = 1
),

after_percentages as (
    select
        after_item_discounts.subscription_id,
        after_item_discounts.subscription_item_id,
        after_item_discounts.valid_from,
        cast(round(
            cast(after_item_discounts.left_over as decimal(20, 9))
            * coalesce(subscription_stage.share_kept, 1), 9
        ) as decimal(38, 9)) as left_over
    from after_item_discounts
    left join stages_summed as subscription_stage
        on
            after_item_discounts.subscription_id = subscription_stage.subscription_id
            and after_item_discounts.subscription_item_id = subscription_stage.subscription_item_id
            and after_item_discounts.valid_from = subscription_stage.valid_from
            and subscription_stage.stage = 2
),

-- an amount off the whole subscription is shared by what is left of each item it is for
amounts_weighed as (
    select
        discounts_that_count.subscription_id,
        discounts_that_count.subscription_item_id,
        discounts_that_count.valid_from,
        after_percentages.left_over,
        sum(after_percentages.left_over) over (
            partition by
                discounts_that_count.subscription_id,
                discounts_that_count.valid_from,
                discounts_that_count.discount_id
        ) as left_over_of_all,
        min(discounts_that_count.monthly_amount_off) over (
            partition by
                discounts_that_count.subscription_id,
                discounts_that_count.valid_from,
                discounts_that_count.discount_id
        ) as amount_off
    from discounts_that_count
    inner join after_percentages
        on
            discounts_that_count.subscription_id = after_percentages.subscription_id
            and discounts_that_count.subscription_item_id = after_percentages.subscription_item_id
            and discounts_that_count.valid_from = after_percentages.valid_from
    where
        discounts_that_count.stage = 2
        and discounts_that_count.percent_off is null
),

amounts_shared as (
    select
        subscription_id,
        subscription_item_id,
        valid_from,
        sum(coalesce({{ exact_divide(
            'round(cast(least(amount_off, left_over_of_all) as decimal(19, 9))'
            ~ ' * cast(left_over as decimal(19, 9)), 9)',
            'left_over_of_all'
        ) }}, 0)) as amount_off
    from amounts_weighed
    group by
        subscription_id,
        subscription_item_id,
        valid_from
),

discounts_taken as (
    select
        slices.*,
        greatest(
            after_percentages.left_over - coalesce(amounts_shared.amount_off, 0),
            cast(0 as decimal(38, 9))
        ) as left_over
    from slices
    inner join after_percentages
        on
            slices.subscription_id = after_percentages.subscription_id
            and slices.subscription_item_id = after_percentages.subscription_item_id
            and slices.valid_from = after_percentages.valid_from
    left join amounts_shared
        on
            slices.subscription_id = amounts_shared.subscription_id
            and slices.subscription_item_id = amounts_shared.subscription_item_id
            and slices.valid_from = amounts_shared.valid_from
),

final as (
    select
        subscription_id,
        subscription_item_id,
        customer_id,
        product_id,
        price_id,
        quantity,
        evidence,
        status,
        pause_behavior,
        earning_state,
        native_currency,
        is_unpriced,
        gross_mrr,
        cast(gross_mrr - left_over as decimal(38, 9)) as discount_mrr,
        {{ inclusive_tax('left_over', 'inclusive_percent') }} as tax_mrr,
        cast(
            left_over - {{ inclusive_tax('left_over', 'inclusive_percent') }} as decimal(38, 9)
        ) as mrr,
        valid_from,
        valid_to
    from discounts_taken
)

select * from final
