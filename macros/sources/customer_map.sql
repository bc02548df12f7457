{% macro customer_map_column(column) -%}
    {#- A column of seeds/customer_map.csv that a user's own file may lack: then null. -#}
    {{ optional_seed_column('customer_map', column) }}
{%- endmacro %}

{% macro optional_seed_column(seed, column) -%}
    {#- A column of text of a seed that a user's own file may lack: then null. The model must
        reference the seed itself. -#}
    {%- if is_building() and graph.sources is defined -%}
        {%- set names = adapter.get_columns_in_relation(ref(seed))
            | map(attribute='name') | map('lower') | list -%}
    {%- else -%}
        {%- set names = [column] -%}
    {%- endif -%}
    nullif(trim(cast({{ column if column in names else 'null' }} as {{ dbt.type_string() }})), '')
{%- endmacro %}
