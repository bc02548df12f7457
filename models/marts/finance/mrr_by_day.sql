with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_mrr_movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

fct_mrr_customer_days as (
    select * from {{ ref('fct_mrr_customer_days') }}
),

movements_summed as (
    select
        movement_date,
        sum(mrr_change) as mrr_change,
        {{ sum_of_type('mrr_change', 'movement_type', 'new') }} as new_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'expansion') }} as expansion_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'contraction') }} as contraction_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'churn') }} as churn_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'reactivation') }} as reactivation_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'pause') }} as pause_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'resume') }} as resume_mrr,
        {{ sum_of_type('mrr_change', 'movement_type', 'fx') }} as fx_mrr
    from fct_mrr_movements
    group by movement_date
),

customers_summed as (
    select
        ledger_date,
        sum(paying_change) as paying_change,
        sum(at_risk_change) as at_risk_change
    from fct_mrr_customer_days
    group by ledger_date
),

-- Totals are running sums of changes: no row per customer and day.
running as (
    select
        days.date_day,
        days.is_running_day,
        cast(sum(coalesce(movements_summed.mrr_change, 0)) over (
            order by days.date_day rows between unbounded preceding and current row
        ) as decimal(38, 9)) as mrr,
        cast(coalesce(movements_summed.mrr_change, 0) as decimal(38, 9)) as mrr_change,
        movements_summed.new_mrr,
        movements_summed.expansion_mrr,
        movements_summed.contraction_mrr,
        movements_summed.churn_mrr,
        movements_summed.reactivation_mrr,
        movements_summed.pause_mrr,
        movements_summed.resume_mrr,
        movements_summed.fx_mrr,
        sum(coalesce(customers_summed.paying_change, 0)) over (
            order by days.date_day rows between unbounded preceding and current row
        ) as customers,
        sum(coalesce(customers_summed.at_risk_change, 0)) over (
            order by days.date_day rows between unbounded preceding and current row
        ) as at_risk_mrr
    from dim_days as days
    left join movements_summed
        on days.date_day = movements_summed.movement_date
    left join customers_summed
        on days.date_day = customers_summed.ledger_date
),

final as (
    select
        date_day as date,
        cast(mrr - mrr_change as decimal(38, 9)) as opening_mrr,
        coalesce(new_mrr, cast(0 as decimal(38, 9))) as new_mrr,
        coalesce(expansion_mrr, cast(0 as decimal(38, 9))) as expansion_mrr,
        coalesce(contraction_mrr, cast(0 as decimal(38, 9))) as contraction_mrr,
        coalesce(churn_mrr, cast(0 as decimal(38, 9))) as churn_mrr,
        coalesce(reactivation_mrr, cast(0 as decimal(38, 9))) as reactivation_mrr,
        coalesce(pause_mrr, cast(0 as decimal(38, 9))) as pause_mrr,
        coalesce(resume_mrr, cast(0 as decimal(38, 9))) as resume_mrr,
        coalesce(fx_mrr, cast(0 as decimal(38, 9))) as fx_mrr,
        mrr,
        cast(mrr * 12 as decimal(38, 9)) as arr,
        cast(at_risk_mrr as decimal(38, 9)) as at_risk_mrr,
        cast(customers as bigint) as customers,
        '{{ report_currency() }}' as currency,
        is_running_day as is_provisional
    from running
)

select * from final
