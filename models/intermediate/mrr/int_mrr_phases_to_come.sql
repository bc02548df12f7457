with int_mrr_phase_items_to_come as (
    select * from {{ ref('int_mrr_phase_items_to_come') }}
),

int_mrr_phase_discounts as (
    select * from {{ ref('int_mrr_phase_discounts') }}
),

all_taken as (
    {{ left_by_discounts('int_mrr_phase_discounts') }}
),

final as (
    select
        phase_items.subscription_id,
        min(phase_items.phase_start_at) as phase_start_at,
        cast(sum(phase_items.gross_mrr) as decimal(38, 9)) as gross_mrr,
        cast(sum(coalesce(all_taken.left_over, phase_items.gross_mrr)) as decimal(38, 9))
            as discounted_mrr
    from int_mrr_phase_items_to_come as phase_items
    left join all_taken
        on
            phase_items.subscription_id = all_taken.subscription_id
            and cast(phase_items.item_number as {{ dbt.type_string() }})
            = all_taken.subscription_item_id
            and phase_items.phase_start_at = all_taken.valid_from
    group by phase_items.subscription_id
)

select * from final
