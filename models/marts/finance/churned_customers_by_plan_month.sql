with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

fct_mrr_ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

-- Who leaves the company leaves every plan that brought MRR when the month began.
plans_at_start as (
    select
        customers_left.month,
        fct_mrr_ledger.product_id,
        fct_mrr_ledger.customer_id
    from mrr_by_customer_month as customers_left
    inner join fct_mrr_ledger
        on
            customers_left.customer_id = fct_mrr_ledger.customer_id
            and customers_left.month > fct_mrr_ledger.ledger_date
    where customers_left.is_churned
    group by
        customers_left.month,
        fct_mrr_ledger.product_id,
        fct_mrr_ledger.customer_id
    having sum(fct_mrr_ledger.native_mrr_change) > 0
),

final as (
    select
        product_id,
        month,
        cast(count(*) as bigint) as churned_customers
    from plans_at_start
    group by
        product_id,
        month
)

select * from final
