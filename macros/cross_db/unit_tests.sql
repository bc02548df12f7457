{% macro postgres__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {#- In place of dbt's own: a numeric without a declared scale compares by its value, so that 18
        is 18.000000000 as on the other engines. -#}
    with actual as (
        {{ main_sql }}
    ),

    expected as (
        {{ expected_fixture_sql }}
    )

    {% for side in ['actual', 'expected'] -%}
    select
        {% for column in expected_column_names -%}
        case
            when cast({{ column }} as text) ~ '^-?[0-9]+[.][0-9]+$'
                then rtrim(rtrim(cast({{ column }} as text), '0'), '.')
            else cast({{ column }} as text)
        end as {{ column }},
        {% endfor -%}
        '{{ side }}' as {{ adapter.quote('actual_or_expected') }}
    from {{ side }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
