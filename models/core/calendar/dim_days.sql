with ledger as (
    select min(ledger_date) as first_date
    from {{ ref('fct_mrr_ledger') }}
),

invoice_lines as (
    select min({{ local_day_of('invoice_created_at') }}) as first_date
    from {{ ref('int_billing_invoice_lines') }}
),

bounds as (
    select
        least(
            coalesce(ledger.first_date, invoice_lines.first_date, {{ report_day() }}),
            coalesce(invoice_lines.first_date, ledger.first_date, {{ report_day() }})
        ) as first_date
    from ledger
    cross join invoice_lines
),

numbers as (
    {{ dbt.generate_series(20000) }}
),

days as (
    select
        cast(
            {{ dbt.dateadd(
                'day', 'cast(numbers.generated_number as integer) - 1', 'bounds.first_date'
            ) }}
            as date
        ) as date_day
    from numbers
    cross join bounds
    where numbers.generated_number <= {{ days_between('bounds.first_date', report_day()) }} + 1
),

final as (
    select
        date_day,
        {{ week_of('date_day') }} as week_start,
        {{ month_of('date_day') }} as month_start,
        {{ quarter_of('date_day') }} as quarter_start,
        {{ weekday_of('date_day') }} as weekday,
        date_day = max(date_day) over (partition by {{ month_of('date_day') }}) as is_last_of_month,
        {{ is_running_report_day('date_day') }} as is_running_day,
        {{ is_running_report_month(month_of('date_day')) }} as is_running_month
    from days
)

select * from final
