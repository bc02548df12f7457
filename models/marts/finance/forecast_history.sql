with actuals_by_month as (
    select * from {{ ref('actuals_by_month') }}
),

closed_months as (
    select
        *,
        max(case when value <> 0 then 1 else 0 end) over (
            partition by metric order by month rows between unbounded preceding and current row
        ) as has_begun,
        lag(month) over (partition by metric order by month) as month_before,
        max(month) over () as last_closed_month
    from actuals_by_month
    where
        not is_provisional
        and value is not null
),

-- Months that follow one another without a gap are one run.
runs as (
    select
        *,
        sum(
            case
                when month = cast({{ dbt.dateadd('month', 1, 'month_before') }} as date) then 0
                else 1
            end
        ) over (
            partition by metric order by month rows between unbounded preceding and current row
        ) as run
    from closed_months
    where has_begun = 1
),

newest_runs as (
    select
        *,
        max(run) over (partition by metric) as newest_run,
        max(month) over (partition by metric) as newest_month,
        row_number() over (partition by metric order by month desc) as months_ago
    from runs
),

kept as (
    select
        *,
        row_number() over (partition by metric order by month) as step,
        min(value) over (partition by metric) as least_value
    from newest_runs
    where
        run = newest_run
        and newest_month = last_closed_month
        and months_ago <= 60
),

final as (
    select
        metric,
        month,
        cast(step as integer) as step,
        value,
        least_value > 0 as is_log,
        {{ forecast_number(
            'case when least_value > 0 then ln(' ~ as_double(
                'case when value > 0 then value else 1 end'
            ) ~ ') else ' ~ as_double('value') ~ ' end'
        ) }} as scaled_value,
        currency
    from kept
)

select * from final
