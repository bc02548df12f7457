with history as (
    select
        metric,
        month,
        step,
        {{ as_double('scaled_value') }} as scaled_value
    from {{ ref('forecast_history') }}
),

alphas as (
    {{ forecast_alphas() }}
),

-- The level at a month: all months up to it, each next one with the weight alpha.
levels as (
    select
        origins.metric,
        origins.step,
        alphas.alpha,
        sum(
            case
                when months.step = 1 then power(1 - alphas.alpha, origins.step - 1)
                else alphas.alpha * power(1 - alphas.alpha, origins.step - months.step)
            end * months.scaled_value
        ) as level_value
    from history as origins
    inner join history as months
        on
            origins.metric = months.metric
            and origins.step >= months.step
    cross join alphas
    group by
        origins.metric,
        origins.step,
        alphas.alpha
),

-- Half of the mean change of the last twelve months, for trends seldom last.
drifts as (
    select
        metric,
        month,
        step,
        case
            when step > 12
                then (scaled_value - lag(scaled_value, 12) over months) / 12
            when step > 1
                then (scaled_value - first_value(scaled_value) over months) / (step - 1)
        end / 2 as drift,
        lead(scaled_value) over months as next_value,
        max(scaled_value) over months as highest_value
    from history
    window months as (partition by metric order by step)
),

tried as (
    select
        drifts.metric,
        drifts.month,
        drifts.step,
        drifts.drift,
        drifts.highest_value,
        levels.alpha,
        levels.level_value,
        drifts.next_value - levels.level_value - drifts.drift * {{ damped_months(1) }} as error
    from drifts
    inner join levels
        on
            drifts.metric = levels.metric
            and drifts.step = levels.step
),

judged as (
    select
        *,
        sqrt(avg(error * error) over (
            partition by metric, alpha order by step
            rows between 24 preceding and 1 preceding
        )) as deviation
    from tried
),

ranked as (
    select
        *,
        row_number() over (partition by metric, step order by deviation, alpha) as place
    from judged
    where deviation is not null
),

final as (
    select
        metric,
        month,
        step,
        {{ forecast_number('level_value') }} as level_value,
        {{ forecast_number('drift') }} as drift,
        {{ forecast_number('deviation') }} as deviation,
        {{ forecast_number('highest_value') }} as highest_value,
        cast(alpha as decimal(2, 1)) as alpha
    from ranked
    where place = 1
)

select * from final
