{#
    How staging reads raw tables. Raw is append-only: one row per version of an object, written by
    loads of which only those with status 0 in `_dlt_loads` are complete and can be trusted.
    `source_name` is the source's name in sources.yml (stripe, openai, app_events): the kind, whose
    accounts are read together (see accounts.sql).
#}

{% macro raw_columns(source_name, table_name) -%}
    {#- Names of a raw table's columns; they are listed in every view, since a view over `*` breaks
        when a later load adds a column. Empty while parsing, when there is no graph; in unit tests,
        whose graph has no sources, as the warehouse says. -#}
    {%- set names = [] -%}
    {%- if execute and graph.sources is defined -%}
        {%- for node in graph.sources.values()
            if node.source_name == source_name and node.name == table_name -%}
            {%- do names.extend(node.columns.keys()) -%}
        {%- endfor -%}
    {%- elif execute -%}
        {%- set table = api.Relation.create(
            database=none if target.type == 'spark' else target.database,
            schema='raw_' ~ source_name,
            identifier=table_name
        ) -%}
        {%- do names.extend(adapter.get_columns_in_relation(table) | map(attribute='name')) -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}

{% macro trusted_loads(source_name, account) -%}
    {#- Ids of an account's loads that ended well: a select of `load_id`. -#}
    select load_id from {{ account_table(source_name, '_dlt_loads', account) }} where status = 0
{%- endmacro %}

{% macro trusted_rows(source_name, table_name) -%}
    {#- All rows of a raw table (of any kind) that complete loads wrote, all columns, for all
        accounts; plus `source_account`. -#}
    {%- for account in accounts_of(source_name) %}
    select
        '{{ account }}' as source_account,
        {{ raw_columns(source_name, table_name) | join(',\n        ') or '*' }}
    from {{ account_table(source_name, table_name, account) }}
    where _dlt_load_id in ({{ trusted_loads(source_name, account) }})
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{% macro all_versions(source_name, table_name) -%}
    {#- All trusted versions of an object table, deletion rows included; all columns, plus
        `_valid_to`: when the next version of the same id was observed, null for the newest. -#}
    select
        versions.*,
        lead(_observed_at) over (
            partition by {{ version_key(source_name, ['id']) }}
            order by {{ oldest_first() }}
        ) as _valid_to
    from ({{ trusted_rows(source_name, table_name) }}) as versions
{%- endmacro %}

{% macro newest_versions(source_name, table_name) -%}
    {#- One row per id: the newest version that shows the object, all columns. A deleted object
        keeps what was last known of it; `_is_deleted` is then true and `_deleted_at` the time of
        the observation (a deletion row itself carries nothing but the id). -#}
    {%- set columns = raw_columns(source_name, table_name) | reject('equalto', '_is_deleted') | list %}
    {%- set key = version_key(source_name, ['id']) %}
    select
        {{ (['source_account'] + columns if columns else ['*']) | join(',\n        ') }},
        {#- with `*`, in unit tests, the column is there already: use _deleted_at there #}
        {% if columns -%} _is_deleted_by_now as _is_deleted, {%- endif %}
        case when _is_deleted_by_now then _newest_observed_at end as _deleted_at
    from (
        select
            versions.*,
            first_value(_is_deleted) over (
                partition by {{ key }} order by {{ newest_first() }}
                rows between unbounded preceding and current row
            ) as _is_deleted_by_now,
            max(_observed_at) over (partition by {{ key }}) as _newest_observed_at,
            row_number() over (
                partition by {{ key }}
                order by case when _is_deleted then 1 else 0 end, {{ newest_first() }}
            ) as _recency
        from ({{ trusted_rows(source_name, table_name) }}) as versions
    ) as ranked_versions
    where _recency = 1 and not _is_deleted
{%- endmacro %}

{% macro children_of_newest(source_name, child_table, root_table) -%}
    {#- Rows of a nested table that belong to the newest version of their root object (for a deleted
        root: to its last known version), all columns, plus `_root_observed_at` and
        `_root_is_deleted`. -#}
    {{ _children_of(source_name, child_table, newest_versions(source_name, root_table)) }}
{%- endmacro %}

{% macro children_of_all(source_name, child_table, root_table) -%}
    {#- Rows of a nested table for all trusted versions of their root, all columns, plus
        `_root_observed_at` and `_root_is_deleted`. -#}
    {{ _children_of(source_name, child_table, trusted_rows(source_name, root_table)) }}
{%- endmacro %}

{% macro _children_of(source_name, child_table, roots) -%}
    {%- set columns = raw_columns(source_name, child_table) %}
    {%- set accounts = accounts_of(source_name) %}
    select
        roots.source_account,
        {% for column in columns -%}
        children.{{ column }},
        {% else -%}
        children.*,
        {% endfor -%}
        roots._observed_at as _root_observed_at,
        roots._is_deleted as _root_is_deleted
    from {{ _rows_of_all_accounts(source_name, child_table, columns) }} as children
    inner join ({{ roots }}) as roots
        on
            children._version_id = roots._version_id
            {% if accounts | length > 1 -%}
            and children.source_account = roots.source_account
            {%- endif %}
{%- endmacro %}

{% macro _rows_of_all_accounts(source_name, table_name, columns) -%}
    {#- A raw table, or the union of those of all accounts with `source_account`. -#}
    {%- set accounts = accounts_of(source_name) -%}
    {%- if accounts | length == 1 -%}
        {{ source(source_name, table_name) }}
    {%- else -%}
        (
            {%- for account in accounts %}
            select '{{ account }}' as source_account, {{ columns | join(', ') }}
            from {{ account_table(source_name, table_name, account) }}
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{% macro newest_first() -%}
    {#- The one order of versions: what was observed last, then loaded last, then written last. -#}
    _observed_at desc nulls last, _dlt_load_id desc nulls last, _sequence desc nulls last
{%- endmacro %}

{% macro oldest_first() -%}
    _observed_at asc nulls first, _dlt_load_id asc nulls first, _sequence asc nulls first
{%- endmacro %}
