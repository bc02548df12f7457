with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_mrr_customer_days as (
    select * from {{ ref('fct_mrr_customer_days') }}
),

months as (
    select distinct
        month_start,
        is_running_month
    from dim_days
),

changes_summed as (
    select
        customer_id,
        {{ month_of('ledger_date') }} as month_start,
        min(first_paid_date) as first_paid_date,
        sum(mrr_change) as mrr_change,
        sum(fx_change) as fx_change,
        sum(paying_change) as paying_change,
        sum(live_change) as live_change
    from fct_mrr_customer_days
    group by
        customer_id,
        {{ month_of('ledger_date') }}
),

customers as (
    select
        customer_id,
        {{ month_of('min(first_paid_date)') }} as cohort_month
    from changes_summed
    group by customer_id
    having min(first_paid_date) is not null
),

-- From the first paid month on, so that a customer who left stays visible as 0.
customer_months as (
    select
        customers.customer_id,
        customers.cohort_month,
        months.month_start,
        months.is_running_month
    from customers
    inner join months
        on customers.cohort_month <= months.month_start
),

running as (
    select
        customer_months.*,
        coalesce(changes_summed.mrr_change, 0) as mrr_change,
        coalesce(changes_summed.fx_change, 0) as fx_change,
        coalesce(changes_summed.paying_change, 0) as paying_change,
        sum(coalesce(changes_summed.mrr_change, 0)) over (
            partition by customer_months.customer_id
            order by customer_months.month_start
            rows between unbounded preceding and current row
        ) as mrr,
        sum(coalesce(changes_summed.paying_change, 0)) over (
            partition by customer_months.customer_id
            order by customer_months.month_start
            rows between unbounded preceding and current row
        ) as paying,
        sum(coalesce(changes_summed.live_change, 0)) over (
            partition by customer_months.customer_id
            order by customer_months.month_start
            rows between unbounded preceding and current row
        ) as live
    from customer_months
    left join changes_summed
        on
            customer_months.customer_id = changes_summed.customer_id
            and customer_months.month_start = changes_summed.month_start
),

final as (
    select
        customer_id,
        month_start as month,
        cohort_month,
        cast(mrr - mrr_change as decimal(38, 9)) as opening_mrr,
        cast(mrr_change as decimal(38, 9)) as mrr_change,
        cast(fx_change as decimal(38, 9)) as fx_change,
        cast(mrr as decimal(38, 9)) as mrr,
        paying - paying_change > 0 as is_paying_at_start,
        paying > 0 as is_paying,
        -- A paused customer pays nothing and has not left.
        paying - paying_change > 0 and live = 0 as is_churned,
        '{{ report_currency() }}' as currency,
        is_running_month as is_provisional
    from running
)

select * from final
