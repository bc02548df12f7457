{% macro local_day_of(moment) -%}
    {#- Day of a UTC timestamp without zone in the report time zone, as date. -#}
    {{ return(
        day_of(moment) if report_timezone() == 'UTC'
        else adapter.dispatch('local_day_of', 'usage_vs_revenue')(moment, report_timezone())
    ) }}
{%- endmacro %}

{% macro duckdb__local_day_of(moment, zone) -%}
    cast(({{ moment }} at time zone 'UTC') at time zone '{{ zone }}' as date)
{%- endmacro %}

{% macro postgres__local_day_of(moment, zone) -%}
    cast(({{ moment }} at time zone 'UTC') at time zone '{{ zone }}' as date)
{%- endmacro %}

{% macro spark__local_day_of(moment, zone) -%}
    cast(from_utc_timestamp({{ moment }}, '{{ zone }}') as date)
{%- endmacro %}

{% macro start_of_local_day(day) -%}
    {#- UTC timestamp without zone at which a day of the report time zone begins. -#}
    {{ return(adapter.dispatch('start_of_local_day', 'usage_vs_revenue')(day, report_timezone())) }}
{%- endmacro %}

{% macro default__start_of_local_day(day, zone) -%}
    cast(
        (cast({{ day }} as {{ timestamp_type() }}) at time zone '{{ zone }}') at time zone 'UTC'
        as {{ timestamp_type() }}
    )
{%- endmacro %}

{% macro spark__start_of_local_day(day, zone) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ zone }}')
{%- endmacro %}

{% macro moment_of_written_day(day) -%}
    {#- UTC timestamp of a day that people wrote down without a zone: the first moment that lies on
        that day in UTC and in the report time zone alike, so that months of MRR and cash (local) and
        days of revenue (UTC) have what was written. -#}
    {% if report_timezone() == 'UTC' -%}
    cast({{ day }} as {{ timestamp_type() }})
    {%- else -%}
    greatest(cast({{ day }} as {{ timestamp_type() }}), {{ start_of_local_day(day) }})
    {%- endif %}
{%- endmacro %}

{% macro report_day() -%}
    {#- The local day of the build's clock: the last moment before it, so that a clock at midnight
        means the day that has just ended. -#}
    {{ local_day_of(dbt.dateadd('second', -1, as_of_timestamp())) }}
{%- endmacro %}

{% macro is_running_report_month(month) -%}
    {#- True for a month of the report time zone that is not complete at the clock. -#}
    (cast({{ dbt.dateadd('month', 1, month) }} as date) > {{ local_day_of(as_of_timestamp()) }})
{%- endmacro %}

{% macro is_running_report_day(day) -%}
    {#- True for a day of the report time zone that is not complete at the clock. -#}
    (cast({{ dbt.dateadd('day', 1, day) }} as date) > {{ local_day_of(as_of_timestamp()) }})
{%- endmacro %}

{% macro add_intervals(moment, billing_interval, billing_interval_count) -%}
    {#- A timestamp moved on by one billing interval (day, week, month or year, so many of them). -#}
    case {{ billing_interval }}
        {% for unit in ['day', 'week', 'month', 'year'] -%}
        when '{{ unit }}' then cast(
            {{ dbt.dateadd(unit, 'cast(coalesce(' ~ billing_interval_count ~ ', 1) as integer)', moment) }}
            as {{ timestamp_type() }}
        )
        {% endfor -%}
        else cast({{ dbt.dateadd('month', 1, moment) }} as {{ timestamp_type() }})
    end
{%- endmacro %}
