with revenue_by_month as (
    select * from {{ ref('revenue_by_month') }}
),

billing_health_by_month as (
    select * from {{ ref('billing_health_by_month') }}
),

mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

fct_revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

payers_by_month as (
    select
        month,
        count(distinct customer_id) as payers
    from fct_revenue_by_month
    where revenue_usd > 0
    group by month
),

months_before_added as (
    select
        *,
        -- A month that is not complete has not grown or shrunk yet.
        case when not is_provisional then lag(recognised_revenue) over (order by month) end
            as recognised_before,
        lag(invoiced) over (order by month) as invoiced_before
    from revenue_by_month
),

months as (
    select
        'month' as period_grain,
        months_before_added.month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        months_before_added.invoiced,
        months_before_added.invoiced_before,
        months_before_added.invoiced - months_before_added.invoiced_before as invoiced_gained,
        months_before_added.cash_collected,
        months_before_added.refunds,
        months_before_added.disputes,
        months_before_added.credit_pack_revenue,
        months_before_added.usage_revenue,
        months_before_added.usage_run_rate,
        months_before_added.recognised_revenue,
        months_before_added.recognised_before,
        months_before_added.recognised_revenue - months_before_added.recognised_before
            as recognised_gained,
        months_before_added.deferred_revenue,
        months_before_added.unbilled_revenue,
        months_before_added.mom_growth,
        months_before_added.qoq_growth,
        months_before_added.yoy_growth,
        payers_by_month.payers,
        payers_of_month_before.payers as payers_before,
        mrr_movements_by_month.arpa,
        billing_health_by_month.invoices,
        billing_health_by_month.paid_invoices,
        billing_health_by_month.failed_invoices,
        billing_health_by_month.success_rate,
        billing_health_by_month.at_risk_mrr,
        months_before_added.is_provisional
    from months_before_added
    left join payers_by_month
        on months_before_added.month = payers_by_month.month
    left join payers_by_month as payers_of_month_before
        on
            payers_of_month_before.month
            = cast({{ dbt.dateadd('month', -1, 'months_before_added.month') }} as date)
    left join mrr_movements_by_month
        on months_before_added.month = mrr_movements_by_month.month
    left join billing_health_by_month
        on months_before_added.month = billing_health_by_month.month
),

final as (
    {{ kpi_rows(['months']) }}
)

select * from final
