{{ config(materialized='table') }}

with int_mrr_slices as (
    select * from {{ ref('int_mrr_slices') }}
),

int_mrr_discount_stretches as (
    select * from {{ ref('int_mrr_discount_stretches') }}
),

int_billing_coupon_products as (
    select * from {{ ref('int_billing_coupon_products') }}
),

int_billing_coupon_currency_options as (
    select * from {{ ref('int_billing_coupon_currency_options') }}
),

-- The book that is kept, and beside it what Stripe's own dashboard would say.
books as (
    select
        'house' as book,
        '{{ mrr_switch('discount_mode') }}' as discount_mode
    union all
    select
        'stripe_compat' as book,
        '{{ mrr_switch('discount_mode', 'stripe_compat') }}' as discount_mode
),

-- An amount is per invoice, so it is spread over months like the price.
discounts_of_items as (
    select
        books.book,
        slices.gross_mrr,
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
    from int_mrr_slices as slices
    inner join int_mrr_discount_stretches as discount_stretches
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
    inner join books
        on {{ discount_counts('discount_stretches.duration', 'books.discount_mode') }}
    left join int_billing_coupon_products as coupon_products
        on
            discount_stretches.coupon_id = coupon_products.coupon_id
            and slices.product_id = coupon_products.product_id
    left join int_billing_coupon_currency_options as coupon_currency_options
        on
            discount_stretches.coupon_id = coupon_currency_options.coupon_id
            and slices.native_currency = coupon_currency_options.currency
    where
        (not discount_stretches.is_limited_to_products or coupon_products.product_id is not null)
        and (
            not discount_stretches.needs_long_period
            or slices.is_long_period
            or books.discount_mode = 'all'
        )
),

-- A discount of the customer counts where the subscription has none of its own.
levels_compared as (
    select
        *,
        max(case when discount_level = 'subscription' then 1 else 0 end) over (
            partition by book, subscription_id, valid_from
        ) as has_own_discount
    from discounts_of_items
),

final as (
    select
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        discount_id,
        -- Item discounts first
        case when discount_level = 'subscription_item' then 1 else 2 end as stage,
        percent_off,
        monthly_amount_off,
        gross_mrr,
        row_number() over (
            partition by
                book,
                subscription_id,
                subscription_item_id,
                valid_from,
                case when discount_level = 'subscription_item' then 1 else 2 end,
                case when percent_off is null then 1 else 0 end
            order by discount_id
        ) as discount_number
    from levels_compared
    where discount_level <> 'customer' or has_own_discount = 0
)

select * from final
