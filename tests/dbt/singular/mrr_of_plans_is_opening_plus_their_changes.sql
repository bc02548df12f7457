-- Per plan and month, to the last decimal.
with plan_months as (
    select
        *,
        lag(mrr) over (partition by product_id order by month) as closing_before
    from {{ ref('mrr_by_plan_month') }}
)

select *
from plan_months
where
    mrr <> opening_mrr + net_new_mrr + fx_mrr
    or opening_mrr <> coalesce(closing_before, 0)
