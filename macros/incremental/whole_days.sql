{#
    Incremental by whole UTC days: a run rebuilds exactly the days that newly loaded rows touch
    (late events and restatements included), and those that were or are not complete at the clock.
    The touched days are literals in the compiled SQL, so that the engine skips the files and row
    groups of all other days: the cost of a run follows the new data, not the history.

    A model uses it by
        {{ rebuilt_by_day({
            'day': 'date',
            'days_by_load': 'int_event_days_by_load',
            'loads_of': ['app_events'],
            'after': 'int_repeated_event_rows',
        }) }}
    and `where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}` on the rows it
    reads. `day` is the model's own date column; `days_by_load` a model with one row per load and
    day it touches (load_id, event_date); `open_days` (optional) how many days before the clock are
    rebuilt by every run, for what depends on the clock; for the others see loads_taken_in.sql.
    A model by month adds `'whole_months': true`: it rebuilds the whole months of those days, and
    `day` names its month column; `months_after` (optional) how many months after a day's own one
    that day still counts in. One by week or quarter says `'whole': 'week'` or `'quarter'` instead.
#}

{% macro rebuilt_by_day(meta) -%}
    {#- Configures the model at hand; renders nothing. Its references are built before it. -#}
    {%- if meta.references -%}
        {%- do ref('int_reference_versions') -%}
    {%- endif -%}
    {{ config(
        materialized='incremental',
        incremental_strategy=whole_days_strategy(),
        on_schema_change=whole_days_schema_change(),
        partition_by=whole_days_partition(meta.day),
        post_hook='{{ remember_loads() }}',
        meta=meta
    ) }}
{%- endmacro %}

{% macro in_touched_days(column, days_by_load) -%}
    {#- Condition on a date or timestamp column: in the days that this run rebuilds. -#}
    {%- if is_building() and is_incremental() -%}
        {{ in_day_ranges(column, touched_ranges(days_by_load)) }}
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro in_days_up_to_touched(column, days_by_load, days_before) -%}
    {#- The same for a model whose day or month also counts so many days before it: a condition on
        what it reads. -#}
    {%- if is_building() and is_incremental() -%}
        {%- set ranges = touched_ranges(days_by_load) -%}
        {%- set reach = modules.datetime.timedelta(days=days_before) -%}
        {%- set longer = [] -%}
        {%- for first_day, after in ranges or [] -%}
            {%- set earlier = modules.datetime.date.fromisoformat(first_day) - reach -%}
            {%- do longer.append([earlier | string, after]) -%}
        {%- endfor -%}
        {{ in_day_ranges(column, none if ranges is none else longer) }}
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro touched_ranges(days_by_load) %}
    {#- The days to rebuild as [first day, day after the last) pairs in order; the last pair is open
        (none): days that are not complete at the clock. None at all stands for every day. -#}
    {% set changes = load_changes() %}
    {% if changes.is_rebuild %}
        {{ return(none) }}
    {% endif %}
    {% set days = run_query(
        'select distinct event_date from ' ~ days_by_load ~ ' where load_id in '
        ~ load_list(changes.new_loads) ~ ' and event_date is not null order by event_date'
    ).columns[0].values() | map('string') | list if changes.new_loads else [] %}
    {% set clock = [changes.last_as_of[:10], as_of_text()[:10]] | min %}
    {% set open_days = modules.datetime.timedelta(days=config.get('meta').open_days or 0) %}
    {% set open_from = (modules.datetime.date.fromisoformat(clock) - open_days) | string %}
    {% if config.get('meta').whole_months %}
        {{ return(month_ranges(days, open_from, config.get('meta').months_after or 0)) }}
    {% endif %}
    {% if config.get('meta').whole %}
        {{ return(period_ranges(days, open_from, config.get('meta').whole)) }}
    {% endif %}
    {{ return(day_ranges(days, open_from)) }}
{% endmacro %}

{% macro period_ranges(days, open_from, grain) %}
    {#- Sorted 'YYYY-MM-DD' texts as ranges of their whole weeks or quarters, then an open one. -#}
    {% set open_start = start_of_period(open_from, grain) %}
    {% set ranges = [] %}
    {% for day in days %}
        {% set start = start_of_period(day, grain) %}
        {% if start < open_start and (not ranges or ranges[-1][0] != start) %}
            {% set reach = modules.datetime.timedelta(days=7 if grain == 'week' else 93) %}
            {% set after = modules.datetime.date.fromisoformat(start) + reach %}
            {% do ranges.append([start, start_of_period(after | string, grain)]) %}
        {% endif %}
    {% endfor %}
    {% do ranges.append([open_start, none]) %}
    {{ return(ranges) }}
{% endmacro %}

{% macro start_of_period(day, grain) %}
    {#- First day, 'YYYY-MM-DD', of the week (from Monday) or quarter of a day given so. -#}
    {% set date = modules.datetime.date.fromisoformat(day) %}
    {% if grain == 'week' %}
        {{ return((date - modules.datetime.timedelta(days=date.weekday())) | string) }}
    {% endif %}
    {{ return(date.replace(month=date.month - (date.month - 1) % 3, day=1) | string) }}
{% endmacro %}

{% macro month_ranges(days, open_from, months_after) %}
    {#- Sorted 'YYYY-MM-DD' texts as ranges of the whole months they count in, then an open one. -#}
    {% set open_month = open_from[:7] ~ '-01' %}
    {% set months = [] %}
    {% for day in days %}
        {% set month = namespace(start=day[:7] ~ '-01') %}
        {% for number in range(months_after + 1) %}
            {% if month.start < open_month and month.start not in months %}
                {% do months.append(month.start) %}
            {% endif %}
            {% set month.start = next_month(month.start) %}
        {% endfor %}
    {% endfor %}
    {% set ranges = [] %}
    {% for month in months | sort %}
        {% do ranges.append([month, next_month(month)]) %}
    {% endfor %}
    {% do ranges.append([open_month, none]) %}
    {{ return(ranges) }}
{% endmacro %}

{% macro next_month(month) %}
    {#- First day of the month after a 'YYYY-MM-01'. -#}
    {% set after = modules.datetime.date.fromisoformat(month) + modules.datetime.timedelta(days=32) %}
    {{ return(after.strftime('%Y-%m-01')) }}
{% endmacro %}

{% macro day_ranges(days, open_from) %}
    {#- Sorted 'YYYY-MM-DD' texts as ranges of consecutive days, then an open one. -#}
    {% set one_day = modules.datetime.timedelta(days=1) %}
    {% set ranges = [] %}
    {% for day in days if day < open_from %}
        {% set next_day = (modules.datetime.date.fromisoformat(day) + one_day) | string %}
        {% if ranges and ranges[-1][1] == day %}
            {% set extended = ranges.pop() %}
            {% do ranges.append([extended[0], next_day]) %}
        {% else %}
            {% do ranges.append([day, next_day]) %}
        {% endif %}
    {% endfor %}
    {% do ranges.append([open_from, none]) %}
    {{ return(ranges) }}
{% endmacro %}

{% macro in_day_ranges(column, ranges) -%}
    {%- if ranges is none -%}
        1 = 1
    {%- else -%}
        (
        {%- for first_day, after in ranges -%}
            ({{ column }} >= cast('{{ first_day }}' as date)
            {%- if after %} and {{ column }} < cast('{{ after }}' as date){% endif %})
            {{- ' or ' if not loop.last }}
        {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{% macro whole_days_strategy() %}
    {#- Delete and insert of days in one transaction; on Spark overwriting their partitions. -#}
    {{ return('insert_overwrite' if target.type == 'spark' else 'whole_days') }}
{% endmacro %}

{% macro whole_days_partition(column) %}
    {#- The day's column as partition where overwriting a day means overwriting its partition. -#}
    {{ return(column if target.type == 'spark' else none) }}
{% endmacro %}

{% macro get_incremental_whole_days_sql(arguments) %}
    {#- The rebuilt days replace what the table has of them, also where nothing is left of a day. -#}
    {% set meta = config.get('meta') %}
    {% set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    delete from {{ arguments.target_relation }}
    where {{ in_day_ranges(
        meta.day, touched_ranges(ref(meta.days_by_load))
    ) }};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }};
{% endmacro %}

{% macro whole_days_schema_change() %}
    {#- A model with other columns than before rebuilds all its days (see load_changes), so its table
        takes new columns on. Spark cannot add one before the day that it partitions by. -#}
    {{ return('fail' if target.type == 'spark' else 'append_new_columns') }}
{% endmacro %}
