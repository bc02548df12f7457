{{ config(materialized='table') }}

with int_mrr_slice_discounts as (
    select * from {{ ref('int_mrr_slice_discounts') }}
),

int_mrr_slice_percentages_taken as (
    select * from {{ ref('int_mrr_slice_percentages_taken') }}
),

-- An amount off the whole subscription is shared by what is left of each item it is for.
amounts_weighed as (
    select
        slice_discounts.book,
        slice_discounts.subscription_id,
        slice_discounts.subscription_item_id,
        slice_discounts.valid_from,
        after_percentages.left_over,
        sum(after_percentages.left_over) over (
            partition by
                slice_discounts.book,
                slice_discounts.subscription_id,
                slice_discounts.valid_from,
                slice_discounts.discount_id
        ) as left_over_of_all,
        min(slice_discounts.monthly_amount_off) over (
            partition by
                slice_discounts.book,
                slice_discounts.subscription_id,
                slice_discounts.valid_from,
                slice_discounts.discount_id
        ) as amount_off
    from int_mrr_slice_discounts as slice_discounts
    inner join int_mrr_slice_percentages_taken as after_percentages
        on
            slice_discounts.book = after_percentages.book
            and slice_discounts.subscription_id = after_percentages.subscription_id
            and slice_discounts.subscription_item_id = after_percentages.subscription_item_id
            and slice_discounts.valid_from = after_percentages.valid_from
    where
        slice_discounts.stage = 2
        and slice_discounts.percent_off is null
),

amounts_shared as (
    select
        book,
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
        book,
        subscription_id,
        subscription_item_id,
        valid_from
),

final as (
    select
        after_percentages.book,
        after_percentages.subscription_id,
        after_percentages.subscription_item_id,
        after_percentages.valid_from,
        greatest(
            after_percentages.left_over - coalesce(amounts_shared.amount_off, 0),
            cast(0 as decimal(38, 9))
        ) as left_over
    from int_mrr_slice_percentages_taken as after_percentages
    left join amounts_shared
        on
            after_percentages.book = amounts_shared.book
            and after_percentages.subscription_id = amounts_shared.subscription_id
            and after_percentages.subscription_item_id = amounts_shared.subscription_item_id
            and after_percentages.valid_from = amounts_shared.valid_from
)

select * from final
