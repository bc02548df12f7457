{% macro week_of(day) -%}
    {#- Monday of a date's week, as date. -#}
    cast({{ dbt.dateadd(
        'day',
        '-mod(' ~ days_between("cast('2000-01-03' as date)", day) ~ ' + 70000, 7)',
        day
    ) }} as date)
{%- endmacro %}

{% macro period_of(period_grain, day) -%}
    {#- First day of the period that a date belongs to; grains are day, week (from Monday) and
        month. -#}
    case {{ period_grain }}
        when 'month' then {{ month_of(day) }}
        when 'week' then {{ week_of(day) }}
        else {{ day }}
    end
{%- endmacro %}

{% macro period_end(period_grain, period_start) -%}
    {#- First moment after a period, a UTC timestamp without zone. -#}
    case {{ period_grain }}
        {% for grain, days in [('month', none), ('week', 7), ('day', 1)] -%}
        when '{{ grain }}' then cast(
            {{ dbt.dateadd('day', days, period_start) if days else dbt.dateadd('month', 1, period_start) }}
            as {{ timestamp_type() }}
        )
        {% endfor -%}
    end
{%- endmacro %}

{% macro is_running_period(period_grain, period_start) -%}
    {#- True for a UTC period that is not complete at the clock of the build. -#}
    ({{ period_end(period_grain, period_start) }} > {{ as_of_timestamp() }})
{%- endmacro %}

{% macro is_open_bill_period(period_grain, period_start) -%}
    {#- True for a UTC period whose bill may still change: until `finality_days` after its end. -#}
    (
        {{ period_end(period_grain, period_start) }}
        > {{ dbt.dateadd('day', -var('finality_days'), as_of_timestamp()) }}
    )
{%- endmacro %}
