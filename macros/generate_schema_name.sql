{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are named by business area, whoever builds and wherever. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
