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
