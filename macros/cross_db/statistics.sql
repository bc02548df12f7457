{% macro gather_statistics() -%}
    {#- post-hook of every model: what a planner that does not look by itself has to be told. -#}
    {{ adapter.dispatch('gather_statistics', 'usage_vs_revenue')() }}
{%- endmacro %}

{% macro default__gather_statistics() -%}{%- endmacro %}

{% macro postgres__gather_statistics() -%}
    {#- PostgreSQL gathers them minutes later; until then it plans a new table as a tiny one. -#}
    {% if is_building() and config.get('materialized') in ['table', 'incremental'] -%}
        analyze {{ this }}
    {%- endif %}
{%- endmacro %}
