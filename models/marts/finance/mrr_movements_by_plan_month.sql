with mrr_by_plan_month as (
    select * from {{ ref('mrr_by_plan_month') }}
),

fct_mrr_movements_by_plan as (
    select * from {{ ref('fct_mrr_movements_by_plan') }}
),

movements_summed as (
    select
        product_id,
        {{ month_of('movement_date') }} as month,
        {{ sum_of_type('mrr_change', 'movement_type', 'new') }} as new_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'expansion') }} as expansion_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'contraction') }} as contraction_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'churn') }} as churn_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'reactivation') }} as reactivation_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'pause') }} as pause_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'resume') }} as resume_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'moved_in') }} as moved_in_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'moved_out') }} as moved_out_mrr
    from fct_mrr_movements_by_plan
    group by
        product_id,
        {{ month_of('movement_date') }}
),

final as (
    select
        plans.product_id,
        plans.product_name,
        plans.tier,
        plans.month,
        plans.opening_mrr,
        cast(coalesce(moved.new_mrr, 0) as decimal(38, 9)) as new_mrr,
        cast(coalesce(moved.expansion_mrr, 0) as decimal(38, 9)) as expansion_mrr,
        cast(coalesce(moved.contraction_mrr, 0) as decimal(38, 9)) as contraction_mrr,
        cast(coalesce(moved.churn_mrr, 0) as decimal(38, 9)) as churn_mrr,
        cast(coalesce(moved.reactivation_mrr, 0) as decimal(38, 9)) as reactivation_mrr,
        cast(coalesce(moved.pause_mrr, 0) as decimal(38, 9)) as pause_mrr,
        cast(coalesce(moved.resume_mrr, 0) as decimal(38, 9)) as resume_mrr,
        cast(coalesce(moved.moved_in_mrr, 0) as decimal(38, 9)) as moved_in_mrr,
        cast(coalesce(moved.moved_out_mrr, 0) as decimal(38, 9)) as moved_out_mrr,
        plans.fx_mrr,
        plans.mrr as closing_mrr,
        plans.net_new_mrr,
        plans.opening_customers,
        plans.churned_customers,
        plans.customers as closing_customers,
        plans.currency,
        plans.is_provisional
    from mrr_by_plan_month as plans
    left join movements_summed as moved
        on
            plans.product_id = moved.product_id
            and plans.month = moved.month
)

select * from final
