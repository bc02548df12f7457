with days as (
    select * from {{ ref('dim_days') }}
),

invoice_lines as (
    select * from {{ ref('fct_invoice_lines') }}
),

cash_movements as (
    select * from {{ ref('fct_cash_movements') }}
),

plans as (
    select * from {{ ref('dim_plans') }}
),

credit_pack_products as (
    select distinct product_id
    from {{ ref('dim_plans') }}
    where is_credit_pack
),

rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

months as (
    select distinct
        month_start,
        is_running_month
    from days
),

lines_dated as (
    select
        invoice_lines.currency,
        invoice_lines.net_amount,
        {{ local_day_of('invoice_lines.invoice_finalized_at') }} as finalized_date,
        -- usage belongs to the month in which it was used, not to the one in which it is billed
        {{ month_of(local_day_of('invoice_lines.period_start')) }} as service_month,
        coalesce(plans.usage_type = 'metered', invoice_lines.usage_type = 'metered', false)
            as is_usage,
        credit_pack_products.product_id is not null as is_credit_pack
    from invoice_lines
    left join plans
        on invoice_lines.price_id = plans.price_id
    left join credit_pack_products
        on invoice_lines.product_id = credit_pack_products.product_id
    where
        invoice_lines.invoice_status in ('paid', 'open', 'uncollectible')
        and invoice_lines.invoice_finalized_at is not null
),

lines_converted as (
    select
        {{ month_of('lines_dated.finalized_date') }} as month_start,
        lines_dated.service_month,
        lines_dated.is_usage,
        lines_dated.is_credit_pack,
        coalesce({{ in_report_currency(
            'lines_dated.net_amount', 'lines_dated.currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }}, 0) as amount
    from lines_dated
    left join rates
        on
            lines_dated.currency = rates.currency
            and lines_dated.finalized_date >= rates.valid_from
            and lines_dated.finalized_date < {{ until('rates.valid_to') }}
),

invoiced_by_month as (
    select
        month_start,
        sum(amount) as invoiced,
        sum(case when is_credit_pack then amount else 0 end) as credit_pack_revenue
    from lines_converted
    group by month_start
),

usage_by_month as (
    select
        service_month,
        sum(amount) as usage_revenue
    from lines_converted
    where is_usage
    group by service_month
),

cash_by_month as (
    select
        {{ month_of('movement_date') }} as month_start,
        sum(case when movement_type = 'payment' then amount else 0 end) as cash_collected,
        -sum(case when movement_type = 'refund' then amount else 0 end) as refunds,
        -sum(case when movement_type in ('dispute', 'dispute_won') then amount else 0 end)
            as disputes,
        -sum(case when movement_type = 'fee' then amount else 0 end) as fees
    from cash_movements
    group by {{ month_of('movement_date') }}
),

recognised_by_month as (
    select
        month as month_start,
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'month')) }} as date) as last_date,
        sum(revenue_usd) as recognised_usd,
        sum(deferred_usd) as deferred_usd
    from revenue_by_month
    group by month
),

-- The revenue ledger is in US dollars; a month is reported at the rate of its last day.
recognised_converted as (
    select
        recognised_by_month.month_start,
        {{ in_report_currency(
            'recognised_by_month.recognised_usd', "'usd'", '1', 'rates.usd_per_report_unit'
        ) }} as recognised_revenue,
        {{ in_report_currency(
            'recognised_by_month.deferred_usd', "'usd'", '1', 'rates.usd_per_report_unit'
        ) }} as deferred_revenue
    from recognised_by_month
    left join rates
        on
            rates.currency = 'usd'
            and recognised_by_month.last_date >= rates.valid_from
            and recognised_by_month.last_date < {{ until('rates.valid_to') }}
),

joined as (
    select
        months.month_start,
        coalesce(recognised_converted.recognised_revenue, 0) as recognised_revenue,
        coalesce(recognised_converted.deferred_revenue, 0) as deferred_revenue,
        months.is_running_month,
        coalesce(invoiced_by_month.invoiced, 0) as invoiced,
        coalesce(invoiced_by_month.credit_pack_revenue, 0) as credit_pack_revenue,
        coalesce(usage_by_month.usage_revenue, 0) as usage_revenue,
        coalesce(cash_by_month.cash_collected, 0) as cash_collected,
        coalesce(cash_by_month.refunds, 0) as refunds,
        coalesce(cash_by_month.disputes, 0) as disputes,
        coalesce(cash_by_month.fees, 0) as fees
    from months
    left join invoiced_by_month
        on months.month_start = invoiced_by_month.month_start
    left join usage_by_month
        on months.month_start = usage_by_month.service_month
    left join cash_by_month
        on months.month_start = cash_by_month.month_start
    left join recognised_converted
        on months.month_start = recognised_converted.month_start
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
        cast(credit_pack_revenue as decimal(38, 9)) as credit_pack_revenue,
        cast(usage_revenue as decimal(38, 9)) as usage_revenue,
        {{ ratio('usage_of_three_months', '3') }} as usage_run_rate,
        cast(recognised_revenue as decimal(38, 9)) as recognised_revenue,
        cast(deferred_revenue as decimal(38, 9)) as deferred_revenue,
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
