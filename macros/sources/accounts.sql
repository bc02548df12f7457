{#
    Several accounts of one vendor. The first account of a kind bears the kind's own name; further
    ones (`SOURCES__STRIPE_EU__KIND=stripe`) are loaded into `raw_<account>` with the same tables.
    Every load notes its account in `raw_sources.accounts`; staging reads all accounts of a kind as
    one, and `source_account` says where a row comes from.
#}

{% macro accounts_of(kind) %}
    {#- Names of the accounts of a kind that the warehouse holds, the kind's own name first. Parsing,
        documenting and unit tests know no warehouse, so they see the first account alone. -#}
    {% if not is_building() or graph.sources is not defined %}
        {{ return([kind]) }}
    {% endif %}
    {% if 'accounts_by_kind' not in graph %}
        {% do note_accounts() %}
    {% endif %}
    {{ return([kind] + graph.accounts_by_kind.get(kind, [])) }}
{% endmacro %}

{% macro note_accounts() %}
    {#- Reads which further accounts there are, once a run: `graph` is one for all models. -#}
    {% set found = {} %}
    {% set rows = run_query(
        'select distinct kind, source from ' ~ source('sources', 'accounts') ~ ' order by kind, source'
    ).rows %}
    {% for row in rows if row[0] != row[1] %}
        {% do found.setdefault(row[0], []).append(row[1]) %}
    {% endfor %}
    {% do graph.update({'accounts_by_kind': found}) %}
{% endmacro %}

{% macro account_table(kind, table_name, account) %}
    {#- Relation of a raw table of one account. -#}
    {% set table = source(kind, table_name) %}
    {% if account == kind %}
        {{ return(table) }}
    {% endif %}
    {{ return(table.incorporate(path={'schema': 'raw_' ~ account})) }}
{% endmacro %}

{% macro version_key(kind, columns) %}
    {#- The columns that tell objects apart, as SQL: ids need not be unique across accounts. -#}
    {{ return(
        ((['source_account'] if accounts_of(kind) | length > 1 else []) + columns) | join(', ')
    ) }}
{% endmacro %}

{% macro merchant_key(kind, column, prefixes=[], account='source_account') -%}
    {#- Key of an object whose id the merchant may have chosen, such as a coupon's code or a price's
        name. Such ids are unique in their account only, so those of further accounts become
        `<account>:<id>`; ids that begin with one of the vendor's own `prefixes` are unique
        everywhere and stay. -#}
    {%- if accounts_of(kind) | length == 1 -%}
        {{ column }}
    {%- else -%}
        case
            when {{ account }} = '{{ kind }}' then {{ column }}
            {% for prefix in prefixes -%}
            when substring({{ column }}, 1, {{ prefix | length }}) = '{{ prefix }}' then {{ column }}
            {% endfor -%}
            else {{ account }} || ':' || {{ column }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro account_key(kind, column, account='source_account') -%}
    {#- Key of an object of a vendor whose ids say nothing of the vendor: `<account>:<id>`, where the
        first account's name is the vendor's. -#}
    {{ account }} || ':' || {{ column }}
{%- endmacro %}

{% macro id_within_account(column, account='source_account') -%}
    {#- The id as the vendor gives it, of a key that `account_key` may have made. -#}
    case
        when substr({{ column }}, 1, length({{ account }}) + 1) = {{ account }} || ':'
            then substr({{ column }}, length({{ account }}) + 2)
        else {{ column }}
    end
{%- endmacro %}

{% macro rows_of_all_sources(table_name, columns) -%}
    {#- Rows of a table that every load of every source writes: `source` (the account), `kind`, and
        the columns named (SQL expressions are allowed). -#}
    {%- set selects = [] -%}
    {%- if execute and graph.sources is defined -%}
        {%- for node in graph.sources.values() if node.name == table_name -%}
            {%- for account in accounts_of(node.source_name) -%}
                {%- do selects.append(
                    "select '" ~ account ~ "' as source, '" ~ node.source_name ~ "' as kind, "
                    ~ columns | join(', ') ~ ' from ' ~ account_table(node.source_name, table_name, account)
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') or 'select 1' }}
{%- endmacro %}

{% macro declared_sources() -%}
    {#- One select per source that can be loaded and per further account that was: `source`, `kind`,
        `area`, `source_name` and `setting`, as the sources' declarations say in their meta. -#}
    {%- set selects = [] -%}
    {%- if execute and graph.sources is defined -%}
        {%- for node in graph.sources.values() if node.name == 'syncs' -%}
            {%- set said = node.source_meta -%}
            {%- for account in accounts_of(node.source_name) -%}
                {%- set title = said.title if account == node.source_name else said.title ~ ' (' ~ account ~ ')' -%}
                {%- set setting = 'SOURCES__' ~ account | upper ~ '__' ~ said.setting -%}
                {%- do selects.append(
                    "select '" ~ account ~ "' as source, '" ~ node.source_name ~ "' as kind, '"
                    ~ said.area ~ "' as area, " ~ dbt.string_literal(dbt.escape_single_quotes(title)) ~ " as source_name, '" ~ setting
                    ~ "' as setting"
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') or 'select 1' }}
{%- endmacro %}
