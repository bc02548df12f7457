with dim_days as (
    select * from {{ ref('dim_days') }}
),

fct_invoice_lines as (
    select * from {{ ref('fct_invoice_lines') }}
),

fct_payments as (
    select * from {{ ref('fct_payments') }}
),

mrr_by_day as (
    select * from {{ ref('mrr_by_day') }}
),

invoices as (
    select
        invoice_id,
        {{ month_of(local_day_of('min(invoice_finalized_at)')) }} as month_start,
        min(invoice_status) as invoice_status,
        sum(net_amount) as net_amount
    from fct_invoice_lines
    where
        invoice_finalized_at is not null
        and invoice_status in ('paid', 'open', 'uncollectible')
    group by invoice_id
    having sum(net_amount) > 0
),

invoices_summed as (
    select
        month_start,
        count(*) as invoices,
        sum(case when invoice_status = 'paid' then 1 else 0 end) as paid_invoices,
        sum(case when invoice_status = 'uncollectible' then 1 else 0 end) as failed_invoices,
        sum(case when invoice_status = 'open' then 1 else 0 end) as open_invoices
    from invoices
    group by month_start
),

failed_payments as (
    select
        invoice_id,
        created_at,
        {{ month_of(local_day_of('created_at')) }} as month_start
    from fct_payments
    where payment_status = 'failed' and not is_collected
),

failures_summed as (
    select
        month_start,
        count(*) as failed_payments
    from failed_payments
    group by month_start
),

-- An invoice is recovered by its first payment that came in after one that failed.
invoices_recovered as (
    select
        fct_payments.invoice_id,
        min(fct_payments.created_at) as recovered_at
    from fct_payments
    inner join failed_payments
        on
            fct_payments.invoice_id = failed_payments.invoice_id
            and fct_payments.created_at > failed_payments.created_at
    where fct_payments.is_collected
    group by fct_payments.invoice_id
),

recoveries_summed as (
    select
        {{ month_of(local_day_of('recovered_at')) }} as month_start,
        count(*) as recovered_invoices
    from invoices_recovered
    group by {{ month_of(local_day_of('recovered_at')) }}
),

months as (
    select
        days.month_start,
        days.is_running_month,
        sum(case when days.is_last_of_month then mrr_by_day.at_risk_mrr else 0 end) as at_risk_mrr
    from dim_days as days
    inner join mrr_by_day
        on days.date_day = mrr_by_day.date
    group by
        days.month_start,
        days.is_running_month
),

final as (
    select
        months.month_start as month,
        cast(coalesce(invoices_summed.invoices, 0) as bigint) as invoices,
        cast(coalesce(invoices_summed.paid_invoices, 0) as bigint) as paid_invoices,
        cast(coalesce(invoices_summed.failed_invoices, 0) as bigint) as failed_invoices,
        cast(coalesce(invoices_summed.open_invoices, 0) as bigint) as open_invoices,
        {{ ratio('invoices_summed.paid_invoices', 'invoices_summed.invoices') }} as success_rate,
        cast(coalesce(failures_summed.failed_payments, 0) as bigint) as failed_payments,
        cast(coalesce(recoveries_summed.recovered_invoices, 0) as bigint) as recovered_invoices,
        cast(months.at_risk_mrr as decimal(38, 9)) as at_risk_mrr,
        '{{ report_currency() }}' as currency,
        months.is_running_month as is_provisional
    from months
    left join invoices_summed
        on months.month_start = invoices_summed.month_start
    left join failures_summed
        on months.month_start = failures_summed.month_start
    left join recoveries_summed
        on months.month_start = recoveries_summed.month_start
)

select * from final
