with commitments as (
    select
        mrr,
        committed_mrr - mrr as change,
        {{ local_day_of('changes_at') }} as change_date
    from {{ ref('fct_mrr_commitments') }}
    where changes_at is not null
),

fct_llm_prices_ahead_by_month as (
    select * from {{ ref('fct_llm_prices_ahead_by_month') }}
),

horizons as (
    {{ forecast_horizons() }}
),

months_to_come as (
    select cast({{ dbt.dateadd(
        'month', 'months_ahead - 1', month_of(local_day_of(as_of_timestamp()))
    ) }} as date) as month
    from horizons
),

changes as (
    select
        months.month,
        commitments.change,
        cast(greatest(commitments.change_date, months.month) as date) as in_force_from,
        cast({{ dbt.dateadd('month', 1, 'months.month') }} as date) as next_month
    from months_to_come as months
    inner join commitments
        on commitments.change_date < cast({{ dbt.dateadd('month', 1, 'months.month') }} as date)
),

-- MRR is that of the month's end; a month earns for the days that a change is in force.
changes_by_month as (
    select
        month,
        sum(change) as mrr_change,
        sum({{ to_money(
            exact_divide(
                'change * ' ~ days_between('in_force_from', 'next_month'),
                days_between('month', 'next_month')
            )
        ) }}) as revenue_change
    from changes
    group by month
),

final as (
    select
        months.month,
        cast(coalesce(changes_by_month.mrr_change, 0) as decimal(38, 9)) as mrr_change,
        cast(coalesce(changes_by_month.revenue_change, 0) as decimal(38, 9)) as revenue_change,
        coalesce(prices.price_factor, cast(1 as decimal(38, 9))) as llm_price_factor
    from months_to_come as months
    left join changes_by_month
        on months.month = changes_by_month.month
    left join fct_llm_prices_ahead_by_month as prices
        on months.month = prices.month
)

select * from final
