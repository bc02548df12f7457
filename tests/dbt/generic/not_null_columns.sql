{% test not_null_columns(model, columns) %}
    {#- One row per column that holds a null although it must not, and how many. One query for a
        whole model: a test per column would be most of what a build does. -#}
    {% for column in columns %}
    select
        '{{ column }}' as column_name,
        count(*) as nulls
    from {{ model }}
    where {{ column }} is null
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endtest %}
