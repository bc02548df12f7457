{% test unique_combination(model, columns) %}
    {#- Fails for every combination of `columns` that occurs in more than one row: the proof of a
        model's stated grain. Nulls count as equal to each other.
        Arguments: columns, the list of columns that the grain names. -#}
    select
        {{ columns | join(', ') }},
        count(*) as rows_found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
