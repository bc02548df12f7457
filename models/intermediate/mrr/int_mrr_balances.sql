with int_mrr_daily_changes as (
    select * from {{ ref('int_mrr_daily_changes') }}
),

int_mrr_revaluations as (
    select * from {{ ref('int_mrr_revaluations') }}
),

all_days as (
    select * from int_mrr_daily_changes
    union all
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        cast(0 as decimal(38, 9)) as mrr_change,
        cast(0 as decimal(38, 9)) as gross_change,
        cast(0 as decimal(38, 9)) as discount_change,
        cast(0 as decimal(38, 9)) as paused_change,
        cast(0 as decimal(38, 9)) as at_risk_change,
        cast(0 as bigint) as earning_items_change,
        cast(0 as bigint) as unpaid_items_change
    from int_mrr_revaluations
),

final as (
    select
        customer_id,
        product_id,
        native_currency,
        change_date,
        mrr_change,
        gross_change,
        discount_change,
        paused_change,
        at_risk_change,
        earning_items_change,
        unpaid_items_change,
        cast(sum(mrr_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as mrr,
        cast(sum(paused_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as paused_mrr,
        cast(sum(at_risk_change) over (
            partition by customer_id, product_id, native_currency
            order by change_date
            rows between unbounded preceding and current row
        ) as decimal(38, 9)) as at_risk_mrr
    from all_days
)

select * from final
