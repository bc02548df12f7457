-- To the last decimal, for every day; and a day opens with what the day before closed with.
with mrr_by_day as (
    select * from {{ ref('mrr_by_day') }}
),

with_day_before as (
    select
        *,
        lag(mrr) over (order by date) as closing_before
    from mrr_by_day
)

select *
from with_day_before
where
    mrr <> opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churn_mrr
    + reactivation_mrr + pause_mrr + resume_mrr + fx_mrr
    or opening_mrr <> coalesce(closing_before, 0)
