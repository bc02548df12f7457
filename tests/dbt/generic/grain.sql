{% test grain(model, one_row_per, never_null=[], day=none, last_days=none) %}
    {#- The proof of a model's stated grain, in one query: a row for every combination of
        `one_row_per` that occurs more than once (nulls count as equal to each other), and one for
        the columns of `never_null` that hold nulls. A test of its own for each would be most of
        what a build costs.
        Arguments: day and last_days (optional), a date column and how many days before the clock
        are looked at for double rows: for a view that computes all days alike, so that a build does
        not cost more with every day of history. -#}
    {%- set recent = day ~ ' > cast(' ~ dbt.dateadd('day', -last_days, as_of_timestamp())
        ~ ' as date)' if day else '1 = 1' %}
    select
        'more than one row per {{ one_row_per | join(", ") }}' as broken_rule,
        {% for column in one_row_per -%}
            coalesce(cast({{ column }} as {{ dbt.type_string() }}), 'null')
            {{- " || ' / ' || " if not loop.last }}
        {% endfor %} as found_in,
        count(*) as rows_found
    from {{ model }}
    where {{ recent }}
    group by {{ one_row_per | join(', ') }}
    having count(*) > 1
    {%- if never_null %}

    union all

    select
        'null' as broken_rule,
        {% for column in never_null -%}
            case when {{ column }} > 0 then '{{ column }} ' else '' end{{ ' || ' if not loop.last }}
        {% endfor %} as found_in,
        {{ never_null | join(' + ') }} as rows_found
    from (
        select
            {% for column in never_null -%}
                count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ model }}
    ) as nulls
    where {{ never_null | join(' + ') }} > 0
    {%- endif %}
{% endtest %}

