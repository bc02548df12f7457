with fct_revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
),

recognised_by_month as (
    select
        month as month_start,
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'month')) }} as date) as last_date,
        sum(revenue_usd) as recognised_usd,
        sum(deferred_usd) as deferred_usd,
        sum(unbilled_usd) as unbilled_usd
    from fct_revenue_by_month
    group by month
),

-- The revenue ledger is in US dollars; a month is reported at the rate of its last day.
final as (
    select
        recognised_by_month.month_start as month,
        {{ in_report_currency(
            'recognised_by_month.recognised_usd', "'usd'", '1', 'rates.usd_per_report_unit'
        ) }} as recognised_revenue,
        {{ in_report_currency(
            'recognised_by_month.deferred_usd', "'usd'", '1', 'rates.usd_per_report_unit'
        ) }} as deferred_revenue,
        {{ in_report_currency(
            'recognised_by_month.unbilled_usd', "'usd'", '1', 'rates.usd_per_report_unit'
        ) }} as unbilled_revenue,
        '{{ report_currency() }}' as currency
    from recognised_by_month
    left join dim_exchange_rates as rates
        on
            rates.currency = 'usd'
            and recognised_by_month.last_date >= rates.valid_from
            and recognised_by_month.last_date < {{ until('rates.valid_to') }}
)

select * from final
