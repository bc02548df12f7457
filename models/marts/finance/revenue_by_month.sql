with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_invoice_lines_reported as (
    select * from {{ ref('fct_invoice_lines_reported') }}
),

fct_cash_by_month as (
    select * from {{ ref('fct_cash_by_month') }}
),

fct_bad_debts as (
    select * from {{ ref('fct_bad_debts') }}
),

fct_recognised_by_month as (
    select * from {{ ref('fct_recognised_by_month') }}
),

months as (
    select distinct
        month_start,
        is_running_month
    from dim_days
),

invoiced_by_month as (
    select
        finalized_month,
        sum(net_amount) as invoiced,
        sum(case when is_credit_pack then net_amount else 0 end) as credit_pack_revenue
    from fct_invoice_lines_reported
    group by finalized_month
),

bad_debts_by_month as (
    select
        {{ month_of('ledger_date') }} as month,
        sum(amount) as bad_debt
    from fct_bad_debts
    group by {{ month_of('ledger_date') }}
),

usage_by_month as (
    select
        service_month,
        sum(net_amount) as usage_revenue
    from fct_invoice_lines_reported
    where is_usage
    group by service_month
),

joined as (
    select
        months.month_start,
        coalesce(recognised_by_month.recognised_revenue, 0) as recognised_revenue,
        coalesce(recognised_by_month.deferred_revenue, 0) as deferred_revenue,
        coalesce(recognised_by_month.unbilled_revenue, 0) as unbilled_revenue,
        months.is_running_month,
        coalesce(invoiced_by_month.invoiced, 0) as invoiced,
        coalesce(invoiced_by_month.credit_pack_revenue, 0) as credit_pack_revenue,
        coalesce(usage_by_month.usage_revenue, 0) as usage_revenue,
        coalesce(cash_by_month.cash_collected, 0) as cash_collected,
        coalesce(cash_by_month.refunds, 0) as refunds,
        coalesce(cash_by_month.disputes, 0) as disputes,
        coalesce(cash_by_month.fees, 0) as fees,
        coalesce(bad_debts_by_month.bad_debt, 0) as bad_debt
    from months
    left join invoiced_by_month
        on months.month_start = invoiced_by_month.finalized_month
    left join usage_by_month
        on months.month_start = usage_by_month.service_month
    left join fct_cash_by_month as cash_by_month
        on months.month_start = cash_by_month.month
    left join bad_debts_by_month
        on months.month_start = bad_debts_by_month.month
    left join fct_recognised_by_month as recognised_by_month
        on months.month_start = recognised_by_month.month
),

compared as (
    select
        *,
        lag(invoiced) over (order by month_start) as month_before,
        lag(invoiced, 12) over (order by month_start) as year_before,
        sum(invoiced) over (
            order by month_start rows between 2 preceding and current row
        ) as quarter_now,
        sum(invoiced) over (
            order by month_start rows between 5 preceding and 3 preceding
        ) as quarter_before,
        count(*) over (
            order by month_start rows between 5 preceding and current row
        ) as months_known,
        sum(usage_revenue) over (
            order by month_start rows between 3 preceding and 1 preceding
        ) as usage_of_three_months
    from joined
),

final as (
    select
        month_start as month,
        cast(invoiced as decimal(38, 9)) as invoiced,
        cast(cash_collected as decimal(38, 9)) as cash_collected,
        cast(refunds as decimal(38, 9)) as refunds,
        cast(disputes as decimal(38, 9)) as disputes,
        cast(fees as decimal(38, 9)) as fees,
        cast(bad_debt as decimal(38, 9)) as bad_debt,
        cast(credit_pack_revenue as decimal(38, 9)) as credit_pack_revenue,
        cast(usage_revenue as decimal(38, 9)) as usage_revenue,
        {{ ratio('usage_of_three_months', '3') }} as usage_run_rate,
        cast(recognised_revenue as decimal(38, 9)) as recognised_revenue,
        cast(deferred_revenue as decimal(38, 9)) as deferred_revenue,
        cast(unbilled_revenue as decimal(38, 9)) as unbilled_revenue,
        case
            when not is_running_month then {{ ratio('invoiced - month_before', 'month_before') }}
        end
            as mom_growth,
        case
            when not is_running_month and months_known = 6
                then {{ ratio('quarter_now - quarter_before', 'quarter_before') }}
        end as qoq_growth,
        case when not is_running_month then {{ ratio('invoiced - year_before', 'year_before') }} end
            as yoy_growth,
        '{{ report_currency() }}' as currency,
        is_running_month as is_provisional
    from compared
)

select * from final
