{% test unique_combination(model, columns, day=none, last_days=none) %}
    {#- Fails for every combination of `columns` that occurs in more than one row: the proof of a
        model's stated grain. Nulls count as equal to each other.
        Arguments: columns, the list of columns that the grain names; day and last_days (optional),
        a date column and how many days before the clock are looked at: for a view that computes
        all days alike, so that a build does not cost more with every day of history. -#}
    {%- set recent = day ~ ' > cast(' ~ dbt.dateadd('day', -last_days, as_of_timestamp())
        ~ ' as date)' if day else '1 = 1' %}
    select
        {{ columns | join(', ') }},
        count(*) as rows_found
    from {{ model }}
    where {{ recent }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
