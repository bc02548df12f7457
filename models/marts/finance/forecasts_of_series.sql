with history as (
    select * from {{ ref('forecast_history') }}
),

forecast_levels as (
    select
        metric,
        month,
        step,
        {{ as_double('level_value') }} as level_value,
        {{ as_double('drift') }} as drift,
        {{ as_double('deviation') }} as deviation,
        {{ as_double('highest_value') }} as highest_value
    from {{ ref('forecast_levels') }}
),

forecasts_bottom_up as (
    select
        metric,
        origin_month,
        months_ahead,
        {{ as_double('expected') }} as expected,
        {{ as_double('deviation') }} as deviation
    from {{ ref('forecasts_bottom_up') }}
),

horizons as (
    {{ forecast_horizons() }}
),

-- Never further ahead than half of what is behind.
top_down as (
    select
        levels.metric,
        levels.month as origin_month,
        levels.step,
        horizons.months_ahead,
        history.is_log,
        history.currency,
        levels.highest_value + ln({{ as_double('1000') }}) as ceiling_value,
        levels.level_value + levels.drift * {{ damped_months('horizons.months_ahead') }}
            as expected,
        levels.deviation * sqrt(1 + 0.6 * (horizons.months_ahead - 1)) as deviation
    from forecast_levels as levels
    inner join history
        on
            levels.metric = history.metric
            and levels.step = history.step
    inner join horizons
        on levels.step >= 2 * horizons.months_ahead
),

paired as (
    select
        top_down.*,
        ln(bottom_up.expected) as bottom_up_expected,
        bottom_up.deviation as bottom_up_deviation
    from top_down
    left join forecasts_bottom_up as bottom_up
        on
            top_down.is_log
            and top_down.metric = bottom_up.metric
            and top_down.origin_month = bottom_up.origin_month
            and top_down.months_ahead = bottom_up.months_ahead
),

-- The middle of both; what they differ by widens the band. 1.35 and 2.34 are measured, 1.28 and 1.96
-- are the normal law's.
mixed as (
    select
        *,
        case
            when bottom_up_expected is null then expected
            else (expected + bottom_up_expected) / 2
        end as middle,
    {% for confidence, measured, normal in [(80, 1.35, 1.2816), (95, 2.34, 1.96)] -%}
        case
            when step < 12 then null
            when bottom_up_expected is null then {{ measured }} * deviation
            else sqrt(
                power({{ measured }} * deviation, 2) / 2
                + power(coalesce(
                    1.3 * {{ normal }} * bottom_up_deviation, {{ measured }} * deviation
                    ), 2) / 2
                + power((expected - bottom_up_expected) / 2, 2)
                )
        end as half_{{ confidence }}{{ ',' if not loop.last }}
    {% endfor %}
    from paired
),

-- MRR and AI cost are never below zero.
final as (
    select
        metric,
        origin_month,
        cast(step as integer) as step,
        months_ahead,
        cast({{ dbt.dateadd('month', 'months_ahead', 'origin_month') }} as date) as month,
        {% for name, bound in [
            ('value', 'middle'),
            ('lower_80', 'middle - half_80'),
            ('upper_80', 'middle + half_80'),
            ('lower_95', 'middle - half_95'),
            ('upper_95', 'middle + half_95'),
        ] -%}
        {{ forecast_money(
            'case when ' ~ bound ~ ' is null then null'
            ~ ' when is_log then exp(greatest(least(' ~ bound ~ ', ceiling_value), -60))'
            ~ " when metric in ('mrr', 'llm_cost') then greatest(" ~ bound ~ ', 0)'
            ~ ' else ' ~ bound ~ ' end'
        ) }} as {{ name }},
        {% endfor -%}
        currency,
        case
            when bottom_up_expected is null then 'top_down'
            else 'top_down_and_bottom_up'
        end as method
    from mixed
    where metric <> 'gross_margin'
)

select * from final
