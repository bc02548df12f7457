{{ config(materialized='table') }}

with int_mrr_ledger as (
    select * from {{ ref('int_mrr_ledger') }}
),

summed as (
    select
        customer_id,
        ledger_date,
        sum(mrr_change) as mrr_change,
        sum(fx_change) as fx_change,
        sum(own_change) as own_change,
        sum(paused_change) as paused_change,
        -- Amounts of several currencies do not add up, but they are zero together.
        sum(native_mrr_change + native_paused_change) as native_total_change,
        sum(native_mrr_change) as native_mrr_change,
        sum(native_gross_change) as native_gross_change,
        sum(native_discount_change) as native_discount_change,
        sum(at_risk_change) as at_risk_change,
        sum(earning_items_change) as earning_items_change,
        sum(unpaid_items_change) as unpaid_items_change
    from int_mrr_ledger
    group by
        customer_id,
        ledger_date
),

running as (
    select
        *,
        sum(native_total_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as native_total,
        sum(native_mrr_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as native_mrr,
        sum(mrr_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as mrr,
        sum(at_risk_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as at_risk_mrr,
        sum(earning_items_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as earning_items,
        sum(unpaid_items_change) over (
            partition by customer_id order by ledger_date
            rows between unbounded preceding and current row
        ) as unpaid_items
    from summed
),

firsts as (
    select
        customer_id,
        min(ledger_date) as first_paid_date
    from running
    where native_total > 0
    group by customer_id
),

final as (
    select
        running.customer_id,
        running.ledger_date,
        firsts.first_paid_date,
        cast(running.native_total - running.native_total_change as decimal(38, 9)) as total_before,
        cast(running.native_total as decimal(38, 9)) as total_after,
        cast(running.mrr as decimal(38, 9)) as mrr,
        cast(running.at_risk_mrr as decimal(38, 9)) as at_risk_mrr,
        cast(running.mrr_change as decimal(38, 9)) as mrr_change,
        cast(running.at_risk_change as decimal(38, 9)) as at_risk_change,
        -- Paying: something is earned; live: paused customers as well.
        case when running.native_mrr > 0 then 1 else 0 end
        - case when running.native_mrr - running.native_mrr_change > 0 then 1 else 0 end
            as paying_change,
        case when running.native_total > 0 then 1 else 0 end
        - case when running.native_total - running.native_total_change > 0 then 1 else 0 end
            as live_change,
        cast(running.fx_change as decimal(38, 9)) as fx_change,
        cast(-running.paused_change as decimal(38, 9)) as pause_change,
        cast(running.own_change + running.paused_change as decimal(38, 9)) as rest_change,
        cast(running.native_gross_change as decimal(38, 9)) as gross_change,
        cast(running.native_discount_change as decimal(38, 9)) as discount_change,
        running.earning_items,
        running.unpaid_items
    from running
    left join firsts
        on running.customer_id = firsts.customer_id
)

select * from final
