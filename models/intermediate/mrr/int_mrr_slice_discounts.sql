{{ config(materialized='table') }}

with int_mrr_slices as (
    select
        *,
        {{ monthly_amount('1', 'billing_interval', 'billing_interval_count') }}
            as invoices_a_month
    from {{ ref('int_mrr_slices') }}
),

int_mrr_discount_stretches as (
    select * from {{ ref('int_mrr_discount_stretches') }}
),

int_mrr_discount_positions as (
    select * from {{ ref('int_mrr_discount_positions') }}
),

int_billing_discount_products as (
    select * from {{ ref('int_billing_discount_products') }}
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
        slices.invoices_a_month,
        slices.subscription_id,
        slices.subscription_item_id,
        slices.valid_from,
        discount_stretches.discount_level,
        discount_stretches.discount_id,
        discount_stretches.percent_off,
        discount_stretches.billed_at,
        discount_stretches.valid_from as given_from,
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
            and slices.valid_from < {{ until('discount_stretches.valid_to') }}
    inner join books
        on {{ discount_counts('discount_stretches.duration', 'books.discount_mode') }}
    left join int_billing_discount_products as discount_products
        on
            discount_stretches.discount_id = discount_products.discount_id
            and slices.product_id = discount_products.product_id
    left join int_billing_coupon_currency_options as coupon_currency_options
        on
            discount_stretches.coupon_id = coupon_currency_options.coupon_id
            and slices.native_currency = coupon_currency_options.currency
    where
        (
            not discount_stretches.is_limited_to_products
            or discount_products.product_id is not null
        )
        and (
            not discount_stretches.needs_long_period
            or slices.is_long_period
            or books.discount_mode = 'all'
        )
),

-- A discount of the customer counts where the subscription has none of its own; an amount is for
-- every invoice, and there are as many as periods of the shortest interval.
compared as (
    select
        *,
        max(case when discount_level = 'subscription' then 1 else 0 end) over (
            partition by book, subscription_id, valid_from
        ) as has_own_discount,
        max(billed_at) over (
            partition by book, subscription_id, valid_from, subscription_item_id
        ) as term_billed_at,
        max(case when gross_mrr > 0 then invoices_a_month end) over (
            partition by book, subscription_id, valid_from, discount_id
        ) as most_invoices_a_month
    from discounts_of_items
),

final as (
    select
        compared.book,
        compared.subscription_id,
        compared.subscription_item_id,
        compared.valid_from,
        compared.discount_id,
        compared.percent_off,
        compared.monthly_amount_off,
        coalesce(compared.invoices_a_month = compared.most_invoices_a_month, false)
            as is_on_every_invoice,
        compared.gross_mrr,
        -- Item discounts first, then in the order of the list
        dense_rank() over (
            partition by compared.book, compared.subscription_id, compared.valid_from
            order by
                case when compared.discount_level = 'subscription_item' then 1 else 2 end,
                coalesce(positions.list_position, 0),
                coalesce(positions.first_position, 0),
                compared.discount_id
        ) as discount_number
    from compared
    left join int_mrr_discount_positions as positions
        on
            compared.discount_id = positions.discount_id
            and compared.valid_from >= positions.valid_from
            and compared.valid_from < {{ until('positions.valid_to') }}
    where
        (compared.discount_level <> 'customer' or compared.has_own_discount = 0)
        -- What was given after a term was billed is for the next one.
        and (
            compared.term_billed_at is null
            or compared.billed_at is not null
            or compared.given_from <= compared.term_billed_at
        )
)

select * from final
