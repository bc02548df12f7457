{% test not_null_columns(model, columns) %}
    {#- One row where a column holds a null although it must not: per column how many. One reading of
        the model for all its columns: one per column would be most of what a build does. -#}
    select * from (
        select
            {% for column in columns -%}
                count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ model }}
    ) as nulls
    where {% for column in columns %}{{ column }} > 0{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
