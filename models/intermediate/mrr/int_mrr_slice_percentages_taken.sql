with int_mrr_slice_discounts as (
    select * from {{ ref('int_mrr_slice_discounts') }}
),

stages_summed as (
    select
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        stage,
        max(gross_mrr) as gross_mrr,
        {{ share_kept(
            'percent_off', 'case when percent_off is not null then discount_number end'
        ) }}
            as share_kept,
        cast(
            coalesce(sum(case when percent_off is null then monthly_amount_off end), 0)
            as decimal(38, 9)
        ) as amount_off
    from int_mrr_slice_discounts
    group by
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        stage
),

stages_side_by_side as (
    select
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        max(gross_mrr) as gross_mrr,
        coalesce(max(case when stage = 1 then share_kept end), 1) as item_share_kept,
        coalesce(max(case when stage = 1 then amount_off end), 0) as item_amount_off,
        coalesce(max(case when stage = 2 then share_kept end), 1) as subscription_share_kept
    from stages_summed
    group by
        book,
        subscription_id,
        subscription_item_id,
        valid_from
),

-- Item discounts first, percent before amount, never below zero.
after_item_discounts as (
    select
        *,
        greatest(
            cast(round(cast(gross_mrr as decimal(20, 9)) * item_share_kept, 9) as decimal(38, 9))
            - item_amount_off,
            cast(0 as decimal(38, 9))
        ) as left_by_items
    from stages_side_by_side
),

final as (
    select
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        cast(
            round(cast(left_by_items as decimal(20, 9)) * subscription_share_kept, 9)
            as decimal(38, 9)
        ) as left_over
    from after_item_discounts
)

select * from final
