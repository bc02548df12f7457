-- Items sum to customers, customers and plans to the company: to the last decimal, every month.
with mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

customers_summed as (
    select
        month,
        sum(mrr) as mrr,
        sum(case when is_paying then 1 else 0 end) as customers
    from {{ ref('mrr_by_customer_month') }}
    group by month
),

plans_summed as (
    select
        month,
        sum(mrr) as mrr
    from {{ ref('mrr_by_plan_month') }}
    group by month
)

select
    mrr_movements_by_month.month,
    mrr_movements_by_month.closing_mrr,
    customers_summed.mrr as mrr_of_customers,
    plans_summed.mrr as mrr_of_plans
from mrr_movements_by_month
left join customers_summed
    on mrr_movements_by_month.month = customers_summed.month
left join plans_summed
    on mrr_movements_by_month.month = plans_summed.month
where
    mrr_movements_by_month.closing_mrr <> coalesce(customers_summed.mrr, 0)
    or mrr_movements_by_month.closing_mrr <> coalesce(plans_summed.mrr, 0)
    or mrr_movements_by_month.closing_customers <> coalesce(customers_summed.customers, 0)
