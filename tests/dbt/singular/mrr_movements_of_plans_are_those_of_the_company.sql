-- Over plans each movement is that of the company, what moves between plans is nothing, and every
-- plan closes with its opening and its movements: to the last decimal.
with plan_months as (
    select * from {{ ref('mrr_movements_by_plan_month') }}
),

plans_summed as (
    select
        month,
        sum(moved_in_mrr + moved_out_mrr) as moved_mrr,
        sum(new_mrr) as new_mrr,
        sum(expansion_mrr) as expansion_mrr,
        sum(contraction_mrr) as contraction_mrr,
        sum(churn_mrr) as churn_mrr,
        sum(reactivation_mrr) as reactivation_mrr,
        sum(pause_mrr) as pause_mrr,
        sum(resume_mrr) as resume_mrr,
        sum(fx_mrr) as fx_mrr
    from plan_months
    group by month
)

select
    'all plans' as subject,
    months.month
from {{ ref('mrr_movements_by_month') }} as months
left join plans_summed as plans
    on months.month = plans.month
where
    coalesce(plans.moved_mrr, 0) <> 0
    or months.new_mrr <> coalesce(plans.new_mrr, 0)
    or months.expansion_mrr <> coalesce(plans.expansion_mrr, 0)
    or months.contraction_mrr <> coalesce(plans.contraction_mrr, 0)
    or months.churn_mrr <> coalesce(plans.churn_mrr, 0)
    or months.reactivation_mrr <> coalesce(plans.reactivation_mrr, 0)
    or months.pause_mrr <> coalesce(plans.pause_mrr, 0)
    or months.resume_mrr <> coalesce(plans.resume_mrr, 0)
    or months.fx_mrr <> coalesce(plans.fx_mrr, 0)
union all
select
    product_id as subject,
    month
from plan_months
where
    closing_mrr <> opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churn_mrr
    + reactivation_mrr + pause_mrr + resume_mrr + moved_in_mrr + moved_out_mrr + fx_mrr
