-- What was booked up to a month's end is earned by then or deferred; what is earned and not yet
-- booked is apart.
with earned as (
    select
        month,
        sum(sum(revenue_usd)) over (order by month) as earned_usd,
        sum(deferred_usd) as deferred_usd,
        sum(unbilled_usd) as unbilled_usd
    from {{ ref('fct_revenue_by_month') }}
    group by month
),

booked as (
    select
        months.month,
        sum(fct_revenue_spans.net_usd) as booked_usd
    from (select distinct month from {{ ref('fct_revenue_by_month') }}) as months
    inner join {{ ref('fct_revenue_spans') }} as fct_revenue_spans
        on
            fct_revenue_spans.booked_date
            < cast({{ dbt.dateadd('month', 1, 'months.month') }} as date)
            and fct_revenue_spans.booked_date < {{ revenue_horizon() }}
    group by months.month
)

select
    earned.month,
    earned.earned_usd,
    earned.deferred_usd,
    earned.unbilled_usd,
    booked.booked_usd
from earned
inner join booked
    on earned.month = booked.month
where earned.earned_usd + earned.deferred_usd - earned.unbilled_usd <> booked.booked_usd
