{#
    Makes every raw table that sources.yml declares exist, empty, so that a warehouse without one
    of the sources builds what it can. A later load takes these tables over: the types are those
    that the load itself would declare, and its missing columns are added here.
#}

{% macro is_building() %}
    {#- True in commands that build, false in those that only compile or document. -#}
    {{ return(execute and flags.WHICH in ['build', 'run', 'seed', 'test', 'snapshot', 'retry']) }}
{% endmacro %}

{% macro bind_sources() %}
    {% if is_building() %}
        {{ return(adapter.dispatch('bind_sources', 'usage_vs_revenue')()) }}
    {% endif %}
{% endmacro %}

{% macro default__bind_sources() %}
    {% do _bind_tables([source_table('sources', 'accounts')]) %}
    {% do note_accounts() %}
    {% do _bind_tables(all_raw_tables()) %}
{% endmacro %}

{% macro all_raw_tables() %}
    {#- The raw tables of all sources and accounts, each as its relation and its declaration. -#}
    {% set tables = [] %}
    {% for node in graph.sources.values() %}
        {% for account in accounts_of(node.source_name) %}
            {% do tables.append(
                {'relation': account_table(node.source_name, node.name, account), 'node': node}
            ) %}
        {% endfor %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}

{% macro source_table(source_name, table_name) %}
    {#- One declared raw table, in the form of `all_raw_tables`. -#}
    {% for node in graph.sources.values()
        if node.source_name == source_name and node.name == table_name %}
        {{ return({'relation': source(source_name, table_name), 'node': node}) }}
    {% endfor %}
{% endmacro %}

{% macro _bind_tables(tables) %}
    {#- Creates the tables that are missing, and the columns that tables lack. -#}
    {% set existing = _existing_raw_columns(tables) %}
    {% set statements = [] %}
    {% for one in tables %}
        {% set node = one.node %}
        {% set table = one.relation %}
        {% set known = existing.get((table.schema ~ '.' ~ table.identifier) | lower) %}
        {% if known is none %}
            {% set schema_statement = 'create schema if not exists ' ~ table.schema %}
            {% if schema_statement not in statements %}
                {% do statements.append(schema_statement) %}
            {% endif %}
            {% set columns = [] %}
            {% for column in node.columns.values() %}
                {% do columns.append(
                    adapter.quote(column.name) ~ ' ' ~ raw_type(column.data_type)
                ) %}
            {% endfor %}
            {% do statements.append(
                'create table if not exists ' ~ table ~ ' (' ~ columns | join(', ') ~ ')'
                ~ raw_table_options()
            ) %}
        {% else %}
            {% for column in node.columns.values() if column.name | lower not in known %}
                {% do statements.append(
                    'alter table ' ~ table ~ ' add column '
                    ~ adapter.quote(column.name) ~ ' ' ~ raw_type(column.data_type)
                ) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% for statement in statements %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}

{# On Spark the files that loads wrote are read where they lie: the lake has one folder per source
   and table, and a folder that no load has made yet is an empty table. Columns that files of older
   loads lack are null there. A table is bound again only when its declaration or the lake's address
   changed (its comment is a hash of both); a server that goes on running is told to look for new
   files. #}
{% macro spark__bind_sources() %}
    {% do _bind_folders([source_table('sources', 'accounts')]) %}
    {% do note_accounts() %}
    {% do _bind_folders(all_raw_tables()) %}
{% endmacro %}

{% macro _bind_folders(tables) %}
    {% set bound = [] %}
    {% for schema in tables | map(attribute='relation') | map(attribute='schema') | unique %}
        {% do run_query('create schema if not exists ' ~ schema) %}
        {% for row in run_query("show table extended in " ~ schema ~ " like '*'").rows %}
            {% do bound.append(row[3]) %}
        {% endfor %}
    {% endfor %}
    {% for one in tables %}
        {% set table = one.relation %}
        {% set statement = lake_table_statement(one.node, table) %}
        {% if local_md5(statement) in bound | join %}
            {% do run_query('refresh table ' ~ table) %}
        {% else %}
            {% do run_query('drop table if exists ' ~ table) %}
            {% do run_query(statement ~ " comment '" ~ local_md5(statement) ~ "'") %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{% macro lake_table_statement(node, table) %}
    {#- Statement that binds a raw table to its folder of the lake. -#}
    {% set columns = [] %}
    {% for column in node.columns.values() %}
        {% do columns.append(adapter.quote(column.name) ~ ' ' ~ raw_type(column.data_type)) %}
    {% endfor %}
    {{ return(
        'create table ' ~ table ~ ' (' ~ columns | join(', ') ~ ') using '
        ~ ('json' if node.name in ['_dlt_loads', 'accounts'] else 'parquet')
        ~ " location '" ~ env_var('LAKE_URL') ~ '/' ~ table.schema ~ '/' ~ table.identifier ~ "'"
    ) }}
{% endmacro %}

{% macro _existing_raw_columns(tables) %}
    {#- 'schema.table' -> names of its columns, for the raw tables that are there. -#}
    {% set found = {} %}
    {% set schemas = tables | map(attribute='relation') | map(attribute='schema') | unique | list %}
    {% if schemas %}
        {% set rows = run_query(
            "select table_schema, table_name, column_name from information_schema.columns"
            ~ " where table_schema in ('" ~ schemas | join("', '") ~ "')"
        ) %}
        {% for row in rows %}
            {% do found.setdefault((row[0] ~ '.' ~ row[1]) | lower, []).append(row[2] | lower) %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{% macro raw_type(data_type) %}
    {{ return(adapter.dispatch('raw_type', 'usage_vs_revenue')(data_type)) }}
{% endmacro %}

{% macro default__raw_type(data_type) %}
    {{ return(data_type) }}
{% endmacro %}

{% macro spark__raw_type(data_type) %}
    {% set names = {'varchar': 'string', 'timestamp with time zone': 'timestamp'} %}
    {{ return(names.get(data_type, data_type)) }}
{% endmacro %}

{% macro raw_table_options() %}
    {{ return(adapter.dispatch('raw_table_options', 'usage_vs_revenue')()) }}
{% endmacro %}

{% macro default__raw_table_options() %}
    {{ return('') }}
{% endmacro %}

{% macro spark__raw_table_options() %}
    {{ return(' using parquet') }}
{% endmacro %}
