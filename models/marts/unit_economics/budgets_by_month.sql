with dim_budgets as (
    select * from {{ ref('dim_budgets') }}
),

fct_cost_by_line_day as (
    select * from {{ ref('fct_cost_by_line_day') }}
),

months as (
    select distinct month_start
    from {{ ref('dim_utc_days') }}
    where month_start < {{ as_of_timestamp() }}
),

ai_costs as (
    select
        cost_date,
        provider,
        feature_id,
        sum(cost_usd) as cost_usd
    from fct_cost_by_line_day
    where cost_kind = 'llm'
    group by
        cost_date,
        provider,
        feature_id
),

scopes as (
    select distinct
        budget_id,
        provider,
        feature_id
    from dim_budgets
),

-- A scope's whole history: its pace may rest on days before its budget.
days_of_scopes as (
    select
        scopes.budget_id,
        ai_costs.cost_date,
        sum(ai_costs.cost_usd) as cost_usd
    from scopes
    inner join ai_costs
        on
            coalesce(scopes.provider, ai_costs.provider) = ai_costs.provider
            and coalesce(scopes.feature_id, ai_costs.feature_id) = ai_costs.feature_id
    where ai_costs.cost_date < {{ as_of_timestamp() }}
    group by
        scopes.budget_id,
        ai_costs.cost_date
),

costs_by_month as (
    select
        budget_id,
        {{ month_of('cost_date') }} as month_start,
        sum(cost_usd) as cost_usd,
        sum(case when cost_date <= {{ last_complete_day() }} then cost_usd else 0 end)
            as cost_of_whole_days_usd
    from days_of_scopes
    group by
        budget_id,
        {{ month_of('cost_date') }}
),

-- What a day costs now: the mean of the last 28 whole days, or of those since the first cost;
-- null where there is no whole day yet.
paces as (
    select
        budget_id,
        {{ ratio(
            'sum(case when ' ~ days_between('cost_date', last_complete_day())
            ~ ' between 0 and 27 then cost_usd else 0 end)',
            'least(28, ' ~ days_between('min(cost_date)', last_complete_day()) ~ ' + 1)'
        ) }} as cost_usd_per_day
    from days_of_scopes
    group by budget_id
),

joined as (
    select
        months.month_start,
        dim_budgets.*,
        {{ is_running_month('months.month_start') }} as is_running,
        {{ is_open_bill_period("'month'", 'months.month_start') }} as is_provisional,
        paces.budget_id is not null as is_known,
        case when paces.budget_id is not null then coalesce(costs_by_month.cost_usd, 0) end
            as actual,
        coalesce(costs_by_month.cost_of_whole_days_usd, 0) + paces.cost_usd_per_day
        * ({{ days_between(
            'greatest(months.month_start, ' ~ day_of(as_of_timestamp()) ~ ')',
            'cast(' ~ dbt.dateadd('month', 1, 'months.month_start') ~ ' as date)'
        ) }}) as expected
    from dim_budgets
    inner join months
        on
            dim_budgets.valid_from <= months.month_start
            and (dim_budgets.valid_to is null or dim_budgets.valid_to > months.month_start)
    left join paces on dim_budgets.budget_id = paces.budget_id
    left join costs_by_month
        on
            dim_budgets.budget_id = costs_by_month.budget_id
            and months.month_start = costs_by_month.month_start
    where dim_budgets.amount_usd is not null
),

forecast as (
    select
        *,
        cast(
            case when is_running then greatest(actual, coalesce(expected, actual)) else actual end
            as decimal(38, 9)
        ) as forecast_usd
    from joined
),

final as (
    select
        month_start as month,
        budget_id,
        provider,
        feature_id,
        amount_usd as budget_usd,
        cast(actual as decimal(38, 9)) as actual_usd,
        forecast_usd,
        {{ ratio('actual', 'amount_usd') }} as budget_used,
        {{ ratio('forecast_usd', 'amount_usd') }} as forecast_used,
        case
            when forecast_usd is not null
                then cast(greatest(forecast_usd - amount_usd, 0) as decimal(38, 9))
        end as overrun_usd,
        case
            when actual > amount_usd then 'exceeded'
            when forecast_usd > amount_usd then 'will_exceed'
            when actual is not null then 'within'
        end as state,
        case
            when not is_known then 'no AI cost of this provider and feature is known'
            when times_given > 1
                then 'given more than once in seeds/budgets.csv; the lowest is shown'
        end as reason,
        note,
        is_provisional
    from forecast
)

select * from final
