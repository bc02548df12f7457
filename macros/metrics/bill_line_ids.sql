{% macro id_part(column) -%}
    {#- A part of an id whose parts stand between `|`: one within it is escaped, so that parts of
        other rows never come to the same text. -#}
    replace(replace(coalesce({{ column }}, ''), '%', '%25'), '|', '%7C')
{%- endmacro %}
