{#
    Publishing where the warehouse is a server: the server itself keeps what readers see, and
    `pipelines/published/server_copy.py` brings it into PUBLISHED_DIR, once per build.

    PostgreSQL  schemas `published_<schema>`, changed in one transaction: at every moment a reader
                sees all of one build. Rows are deleted and inserted, because a reader whose
                transaction began before would find a truncated or new table empty. Tables whose
                columns changed, and those alone, are made anew.
                Descriptions are comments.
    Spark       folders of Parquet below LAKE_URL/published/<build>, `monitoring.build` last: a build
                without it is not there. Descriptions are a folder of their own, `descriptions`.
#}

{% macro published_build_facts() %}
    {#- The build's own row: [column, SQL of its value]. -#}
    {{ return([
        ['build_id', "'" ~ run_started_at.strftime('%Y%m%dT%H%M%S') ~ '_'
            ~ (invocation_id | replace('-', ''))[:8] ~ "'"],
        ['built_at', "cast('" ~ modules.datetime.datetime.now(modules.pytz.utc).strftime(
            '%Y-%m-%d %H:%M:%S') ~ "' as " ~ timestamp_type() ~ ')'],
        ['as_of', as_of_timestamp()],
        ['report_currency', "'" ~ report_currency() ~ "'"],
        ['report_timezone', "'" ~ report_timezone() ~ "'"],
        ['dbt_version', "'" ~ dbt_version ~ "'"],
        ['tables', 'cast(' ~ _published_tables() | length ~ ' as integer)'],
    ]) }}
{% endmacro %}

{% macro published_build_row() -%}
    {#- Select of the build's own row. -#}
    select
        {% for column, value in published_build_facts() -%}
        {{ value }} as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
{%- endmacro %}

{% macro postgres__publish_build(steps) %}
    {#- Renders to the whole transaction, which dbt then runs: a failure fails the build. -#}
    {% set tables = _published_tables() %}
    {% set columns = _columns_of_tables() %}
    {% set comments = _comments_of_published() %}
    {% set wanted = ['published_monitoring.build'] %}
    {% set statements = ['begin', "select pg_advisory_xact_lock(1620118)"] %}
    {% for schema in tables | map(attribute='schema') | unique %}
        {% do statements.append('create schema if not exists published_' ~ schema) %}
    {% endfor %}
    {% for table in tables %}
        {% set name = table.schema ~ '.' ~ table.name %}
        {% do wanted.append('published_' ~ name) %}
        {% do statements.extend(_publish_table(table, name, columns)) %}
        {% do statements.extend(_describe_published(table, comments, columns)) %}
    {% endfor %}
    {% do statements.extend(_publish_build_row(columns)) %}
    {% for name in columns if name.startswith('published_') and name not in wanted %}
        {% do statements.append('drop table ' ~ name) %}
    {% endfor %}
    {% do statements.append('commit') %}
    {{ return(statements | join(';\n')) }}
{% endmacro %}

{% macro postgres__published_place() %}
    {{ return('the schemas published_<schema> of ' ~ target.dbname) }}
{% endmacro %}

{% macro _publish_table(table, name, columns) %}
    {#- Statements that make a published table what the built one is. -#}
    {% set statements = [] %}
    {% if columns.get('published_' ~ name) == columns[name] %}
        {% do statements.append('delete from published_' ~ name) %}
    {% else %}
        {% do statements.append('drop table if exists published_' ~ name) %}
        {% do statements.append(
            'create table published_' ~ name ~ ' as select * from ' ~ name ~ ' with no data'
        ) %}
    {% endif %}
    {% do statements.append('insert into published_' ~ name ~ ' select * from ' ~ name) %}
    {{ return(statements) }}
{% endmacro %}

{% macro _publish_build_row(columns) %}
    {#- Statements that make the one row of `published_monitoring.build` this build's. -#}
    {% set there = [] %}
    {% for column in (columns.get('published_monitoring.build') or '').split(', ') %}
        {% do there.append(column.split(' ')[0]) %}
    {% endfor %}
    {% set statements = [] %}
    {% if there != published_build_facts() | map('first') | list %}
        {% do statements.extend([
            'drop table if exists published_monitoring.build',
            'create table published_monitoring.build as select * from ('
            ~ published_build_row() ~ ') as facts with no data',
        ]) %}
    {% endif %}
    {% do statements.extend([
        'delete from published_monitoring.build',
        'insert into published_monitoring.build ' ~ published_build_row(),
    ]) %}
    {{ return(statements) }}
{% endmacro %}

{% macro _describe_published(table, comments, columns) %}
    {#- Statements for those descriptions that differ from the comments that are there; all of them
        where the table is made anew. -#}
    {% set name = table.schema ~ '.' ~ table.name %}
    {% set is_kept = columns.get('published_' ~ name) == columns[name] %}
    {% set known = comments.get('published_' ~ name, {}) if is_kept else {} %}
    {% set statements = [] %}
    {% if known.get('') != table.description | trim %}
        {% do statements.append(
            'comment on table published_' ~ name ~ ' is ' ~ _text(table.description)
        ) %}
    {% endif %}
    {% for column, description in table.columns.items() if description %}
        {% if known.get(column) != description | trim %}
            {% do statements.append(
                'comment on column published_' ~ name ~ '.' ~ adapter.quote(column) ~ ' is '
                ~ _text(description)
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}

{% macro _text(value) -%}
    {{ return("'" ~ (value | trim | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro _columns_of_tables() %}
    {#- 'schema.table' -> its columns and types as one text, for built and published tables. -#}
    {% set found = {} %}
    {% set rows = run_query("
        select
            namespaces.nspname || '.' || relations.relname as table_name,
            string_agg(
                attributes.attname || ' ' || format_type(attributes.atttypid, attributes.atttypmod),
                ', ' order by attributes.attnum
            ) as table_columns
        from pg_attribute as attributes
        inner join pg_class as relations on attributes.attrelid = relations.oid
        inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
        where
            attributes.attnum > 0
            and not attributes.attisdropped
            and relations.relkind in ('r', 'v', 'm', 'p')
            and replace(namespaces.nspname, 'published_', '')
                in ('core', 'finance', 'product', 'unit_economics', 'monitoring')
        group by namespaces.nspname, relations.relname
    ") %}
    {% for row in rows %}
        {% do found.update({row[0]: row[1]}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro _comments_of_published() %}
    {#- 'schema.table' -> {column (or '' for the table itself): comment}. -#}
    {% set found = {} %}
    {% set rows = run_query("
        select
            namespaces.nspname || '.' || relations.relname as table_name,
            coalesce(attributes.attname, '') as column_name,
            descriptions.description
        from pg_description as descriptions
        inner join pg_class as relations
            on descriptions.objoid = relations.oid and descriptions.classoid = 'pg_class'::regclass
        inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
        left join pg_attribute as attributes
            on relations.oid = attributes.attrelid
            and descriptions.objsubid = attributes.attnum
            and attributes.attnum > 0
        where namespaces.nspname like 'published\\_%'
    ") %}
    {% for row in rows %}
        {% do found.setdefault(row[0], {}).update({row[1]: row[2]}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro spark__publish_build(steps) %}
    {#- One folder per table; renders to the statement that writes the build's own row, so that it
        is the last. -#}
    {% set folder = published_place() %}
    {% for table in _published_tables() %}
        {% do run_query(
            _write_folder(folder, table.schema ~ '/' ~ table.name)
            ~ ' select /*+ coalesce(1) */ * from ' ~ table.schema ~ '.' ~ table.name
        ) %}
    {% endfor %}
    {% do run_query(_write_folder(folder, 'descriptions') ~ ' ' ~ published_descriptions()) %}
    {{ return(_write_folder(folder, 'monitoring/build') ~ ' ' ~ published_build_row()) }}
{% endmacro %}

{% macro spark__published_place() %}
    {#- Where this build's folders are. -#}
    {% set build_id = published_build_facts()[0][1] | replace("'", '') %}
    {{ return(env_var('LAKE_URL') ~ '/published/' ~ build_id) }}
{% endmacro %}

{% macro _write_folder(folder, name) -%}
    {{ return("insert overwrite directory '" ~ folder ~ '/' ~ name ~ "' using parquet") }}
{%- endmacro %}

{% macro published_descriptions() -%}
    {#- Select of what dbt says about each published table, for Spark: one row per table, its columns'
        descriptions as one JSON object by column name. -#}
    {% set rows = [] %}
    {% for table in _published_tables() %}
        {% do rows.append('(' ~ [
            _spark_text(table.schema),
            _spark_text(table.name),
            _spark_text(table.description | trim),
            _spark_text(tojson(table.columns)),
        ] | join(', ') ~ ')') %}
    {% endfor %}
    select /*+ coalesce(1) */ *
    from values
        {{ rows | join(',\n        ') }}
        as described (schema_name, table_name, description, column_descriptions)
{%- endmacro %}

{% macro _spark_text(value) -%}
    {#- A text literal of Spark, where a backslash escapes. -#}
    {{ return("'" ~ (value | replace('\\', '\\\\') | replace("'", "\\'")) ~ "'") }}
{%- endmacro %}
