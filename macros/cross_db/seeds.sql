{% macro spark__load_csv_rows(model, agate_table) %}
    {#- In place of the adapter's own, which writes an empty cell as the text 'None' and breaks on
        an apostrophe. -#}
    {% set overrides = model['config'].get('column_types', {}) %}
    {% set types = [] %}
    {% for name in agate_table.column_names %}
        {% do types.append(overrides.get(name, adapter.convert_type(agate_table, loop.index0))) %}
    {% endfor %}
    {% set statements = [] %}
    {% for chunk in agate_table.rows | batch(get_batch_size()) %}
        {% set rows = [] %}
        {% for row in chunk %}
            {% set cells = [] %}
            {% for cell in row %}
                {% do cells.append('cast(' ~ spark_literal(cell) ~ ' as ' ~ types[loop.index0] ~ ')') %}
            {% endfor %}
            {% do rows.append('(' ~ cells | join(', ') ~ ')') %}
        {% endfor %}
        {% do statements.append('insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ')) %}
        {% do adapter.add_query(statements[-1], abridge_sql_log=True) %}
    {% endfor %}
    {{ return(statements[0]) }}
{% endmacro %}

{% macro spark_literal(cell) -%}
    {#- A value of a seed as a literal of Spark SQL, where a backslash escapes. -#}
    {%- if cell is none -%} {{ return('null') }} {%- endif -%}
    {{ return("'" ~ (cell | string).replace('\\', '\\\\').replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {#- In place of dbt's own, which keeps the table: DuckDB's `copy` goes by place, so a file whose
        columns stand in another order would fill the wrong ones. -#}
    {% do adapter.drop_relation(old_relation) %}
    {{ return(create_csv_table(model, agate_table)) }}
{% endmacro %}

{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {#- In place of dbt's own, which keeps the table although the file has other columns now. One
        with the same columns stays, for dropping it drops the views that read it. -#}
    {% set held = adapter.get_columns_in_relation(old_relation)
        | map(attribute='name') | map('lower') | sort | list %}
    {% if full_refresh or held != agate_table.column_names | map('lower') | sort | list %}
        {% do adapter.drop_relation(old_relation) %}
        {{ return(create_csv_table(model, agate_table)) }}
    {% endif %}
    {% do adapter.truncate_relation(old_relation) %}
    {{ return('truncate table ' ~ old_relation.render()) }}
{% endmacro %}
