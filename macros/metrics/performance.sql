{% macro minutes_elapsed_of_day(day) -%}
    {#- Minutes of a UTC day that have passed at the clock of the build: 1440 for a complete day,
        at least 1. -#}
    case
        when {{ is_running_day(day) }} then greatest(
            1,
            least(1440, {{ minutes_between('cast(' ~ day ~ ' as ' ~ timestamp_type() ~ ')', as_of_timestamp()) }})
        )
        else 1440
    end
{%- endmacro %}

{% macro performance_score(mean_response_time_ms, error_rate) -%}
    {#- 0 to 100, half for speed and half for errors, each in four steps from 50 down to 20; null
        where no response time is known. -#}
    case
        when {{ mean_response_time_ms }} is null or {{ error_rate }} is null then null
        else
            case
                when {{ mean_response_time_ms }} < 500 then 50
                when {{ mean_response_time_ms }} < 1000 then 40
                when {{ mean_response_time_ms }} < 2000 then 30
                else 20
            end
            + case
                when {{ error_rate }} < 0.01 then 50
                when {{ error_rate }} < 0.05 then 40
                when {{ error_rate }} < 0.10 then 30
                else 20
            end
    end
{%- endmacro %}

{% macro minutes_elapsed_of_month(month) -%}
    {#- Minutes of a UTC month (given by its first day) that have passed at the clock of the build,
        at least 1. -#}
    greatest(
        1,
        {{ minutes_between(
            'cast(' ~ month ~ ' as ' ~ timestamp_type() ~ ')',
            'least(' ~ as_of_timestamp() ~ ', cast(' ~ dbt.dateadd('month', 1, month) ~ ' as '
            ~ timestamp_type() ~ '))'
        ) }}
    )
{%- endmacro %}
