{# How DuckDB keeps a model: in one statement, `create or replace`, inside dbt's transaction.

   dbt's own way serves every database: make a second relation, rename the old one, rename the new
   one, drop the old one. DuckDB swaps in one statement, and a statement that fails leaves the old
   relation as it was. Of a build of a thousand steps the renames took a fifth of the time. #}

{% materialization view, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% do drop_unless(target_relation) %}
  {% call statement('main') -%}
    {{ get_create_view_as_sql(target_relation, sql) | replace('create view', 'create or replace view', 1) }}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% do drop_unless(target_relation) %}
  {% call statement('main') -%}
    {% if config.get('contract').enforced %}
      {{ get_assert_columns_equivalent(sql) }}
      create or replace table {{ target_relation }} {{ get_table_columns_and_constraints() }};
      insert into {{ target_relation }} {{ get_column_names() }} ({{ get_select_subquery(sql) }});
    {% else %}
      create or replace table {{ target_relation }} as ({{ sql }});
    {% endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Drop what bears the model's name and is of another kind: a view cannot replace a table. #}
{% macro drop_unless(wanted) %}
  {%- set existing = load_cached_relation(wanted) -%}
  {% if existing is not none and existing.type != wanted.type %}
    {% do adapter.drop_relation(existing) %}
  {% endif %}
{% endmacro %}
