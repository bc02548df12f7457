{{ config(materialized='table') }}

with int_mrr_slice_discounts as (
    select * from {{ ref('int_mrr_slice_discounts') }}
),

-- One discount after the other, each on what those before it left.
all_taken as (
    {{ left_by_discounts('int_mrr_slice_discounts') }}
),

final as (
    select
        book,
        subscription_id,
        subscription_item_id,
        valid_from,
        cast(left_over as decimal(38, 9)) as left_over
    from all_taken
)

select * from final
