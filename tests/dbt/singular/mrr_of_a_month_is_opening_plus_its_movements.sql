-- To the last decimal, for every month; and a month opens with what the month before closed with.
with mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

with_month_before as (
    select
        *,
        lag(closing_mrr) over (order by month) as closing_before,
        lag(closing_customers) over (order by month) as customers_before
    from mrr_movements_by_month
)

select *
from with_month_before
where
    closing_mrr <> opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churn_mrr
    + reactivation_mrr + pause_mrr + resume_mrr + fx_mrr
    or net_new_mrr <> closing_mrr - opening_mrr - fx_mrr
    or opening_mrr <> coalesce(closing_before, 0)
    or opening_customers <> coalesce(customers_before, 0)
