{% macro as_of_text() -%}
    {#- The clock of this build as 'YYYY-MM-DD HH:MM:SS' in UTC: var `as_of`, else AS_OF of the
        environment, else the start of the build. -#}
    {{ return(clock_text((var('as_of', '') or env_var('AS_OF', '')) | string | trim)) }}
{%- endmacro %}

{% macro clock_text(given) -%}
    {#- A clock as given (a day, which means its end, or an ISO timestamp, in UTC unless it says
        otherwise; nothing means the start of the build) as 'YYYY-MM-DD HH:MM:SS' in UTC. -#}
    {%- set datetime = modules.datetime -%}
    {%- if not given -%}
        {%- set moment = run_started_at -%}
    {%- else -%}
        {%- set moment = datetime.datetime.fromisoformat(given) -%}
        {%- if given | length == '2026-01-31' | length -%}
            {%- set moment = moment + datetime.timedelta(days=1) -%}
        {%- endif -%}
        {%- if moment.tzinfo is none -%}
            {%- set moment = moment.replace(tzinfo=modules.pytz.utc) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(moment.astimezone(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S')) }}
{%- endmacro %}

{% macro as_of_timestamp() -%}
    {#- The clock of this build, a UTC timestamp without zone. -#}
    cast('{{ as_of_text() }}' as {{ timestamp_type() }})
{%- endmacro %}

{% macro is_running_day(day) -%}
    {#- True for a UTC day that is not complete at the clock of the build. -#}
    (cast({{ dbt.dateadd('day', 1, day) }} as {{ timestamp_type() }}) > {{ as_of_timestamp() }})
{%- endmacro %}

{% macro is_running_month(month) -%}
    {#- True for a UTC month (given by its first day) that is not complete at the clock. -#}
    (cast({{ dbt.dateadd('month', 1, month) }} as {{ timestamp_type() }}) > {{ as_of_timestamp() }})
{%- endmacro %}

{% macro day_of(moment) -%}
    {#- UTC day of a timestamp without zone, as date. -#}
    cast({{ moment }} as date)
{%- endmacro %}

{% macro month_of(moment) -%}
    {#- First day of the month of a date or timestamp, as date. -#}
    cast({{ dbt.date_trunc('month', moment) }} as date)
{%- endmacro %}

{% macro quarter_of(moment) -%}
    {#- First day of the quarter of a date or timestamp, as date. -#}
    cast({{ dbt.date_trunc('quarter', moment) }} as date)
{%- endmacro %}

{% macro last_day_begun() -%}
    {#- The newest UTC day of which something has passed at the clock, as date: a clock at midnight
        means the day that has just ended. -#}
    {{ day_of(dbt.dateadd('second', -1, as_of_timestamp())) }}
{%- endmacro %}

{% macro last_complete_day() -%}
    {#- The newest UTC day that is over at the clock of the build, as date. -#}
    cast({{ dbt.dateadd('day', -1, day_of(as_of_timestamp())) }} as date)
{%- endmacro %}

{% macro in_last_complete_days(day, days, before=0) -%}
    {#- True for a UTC day that is one of the last so many complete ones, or of those that came
        `before` days earlier. -#}
    (
        {{ day }} <= cast({{ dbt.dateadd('day', -before, last_complete_day()) }} as date)
        and {{ day }} > cast({{ dbt.dateadd('day', -before - days, last_complete_day()) }} as date)
    )
{%- endmacro %}

{% macro weekday_of(day) -%}
    {#- Day of the week of a date from 1970 on: 1 (Monday) to 7 (Sunday), integer. -#}
    cast(mod({{ days_between("cast('1970-01-05' as date)", day) }} + 7, 7) + 1 as integer)
{%- endmacro %}

{% macro days_between(first_day, second_day) -%}
    {#- Whole days from one date to another, as integer. -#}
    cast({{ dbt.datediff(first_day, second_day, 'day') }} as integer)
{%- endmacro %}

{% macro minutes_between(first_moment, second_moment) -%}
    {#- Minute boundaries between two timestamps, as integer. -#}
    cast({{ dbt.datediff(first_moment, second_moment, 'minute') }} as integer)
{%- endmacro %}

{% macro hours_between(first_moment, second_moment) -%}
    {#- Hours between two timestamps with two decimals, as decimal(18, 2). -#}
    {{ exact_divide(minutes_between(first_moment, second_moment), '60', 2) }}
{%- endmacro %}

{% macro timestamp_type() -%}
    {{ return(adapter.dispatch('timestamp_type', 'usage_vs_revenue')()) }}
{%- endmacro %}

{#- A timestamp without zone, whatever the session's zone is. -#}
{% macro duckdb__timestamp_type() -%} timestamp {%- endmacro %}
{% macro postgres__timestamp_type() -%} timestamp without time zone {%- endmacro %}
{% macro spark__timestamp_type() -%} timestamp {%- endmacro %}

{% macro is_final_day(day) -%}
    {#- True for a UTC day whose bill no longer changes: `finality_days` after its end. -#}
    (
        cast({{ dbt.dateadd('day', var('finality_days') + 1, day) }} as {{ timestamp_type() }})
        <= {{ as_of_timestamp() }}
    )
{%- endmacro %}

{% macro until(valid_to) -%}
    {#- End of a validity (date or timestamp), far away where it has none: a bound that engines can
        join by, which `or ... is null` is not. -#}
    coalesce({{ valid_to }}, cast('9999-12-31' as date))
{%- endmacro %}
