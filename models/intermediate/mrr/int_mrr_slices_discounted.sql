{{ config(materialized='table') }}

with int_mrr_slices as (
    select * from {{ ref('int_mrr_slices') }}
),

int_mrr_slice_left_overs as (
    select * from {{ ref('int_mrr_slice_left_overs') }}
),

-- Most slices have no discount: all of the list amount is left.
discounts_taken as (
    select
        slices.*,
        coalesce(of_house.left_over, slices.gross_mrr) as left_over,
        coalesce(of_stripe.left_over, slices.gross_mrr) as left_over_at_stripe
    from int_mrr_slices as slices
    left join int_mrr_slice_left_overs as of_house
        on
            of_house.book = 'house'
            and slices.subscription_id = of_house.subscription_id
            and slices.subscription_item_id = of_house.subscription_item_id
            and slices.valid_from = of_house.valid_from
    left join int_mrr_slice_left_overs as of_stripe
        on
            of_stripe.book = 'stripe_compat'
            and slices.subscription_id = of_stripe.subscription_id
            and slices.subscription_item_id = of_stripe.subscription_item_id
            and slices.valid_from = of_stripe.valid_from
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
        state_if_proven,
        native_currency,
        is_unpriced,
        gross_mrr,
        cast(gross_mrr - left_over as decimal(38, 9)) as discount_mrr,
        {{ inclusive_tax('left_over', 'inclusive_percent') }} as tax_mrr,
        cast(
            left_over - {{ inclusive_tax('left_over', 'inclusive_percent') }} as decimal(38, 9)
        ) as mrr,
        cast(
            left_over_at_stripe - {{ inclusive_tax('left_over_at_stripe', 'inclusive_percent') }}
            as decimal(38, 9)
        ) as stripe_compat_mrr,
        valid_from,
        valid_to
    from discounts_taken
)

select * from final
