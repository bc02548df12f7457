{% macro mrr_switch(name) -%}
    {#- Value of a switch of recurring revenue, as text: what the preset fixes, else the var of that
        name in dbt_project.yml. -#}
    {%- set presets = {
        'house': {},
        'stripe_compat': {
            'churn_at': 'cancel_request', 'discount_mode': 'forever', 'require_first_payment': 'false',
        },
    } -%}
    {%- set fixed = presets.get(var('preset')) -%}
    {%- if fixed is none -%}
        {{ exceptions.raise_compiler_error("preset must be one of " ~ presets.keys() | list | join(', ')) }}
    {%- endif -%}
    {{ return(fixed.get(name, var(name) | string | lower)) }}
{%- endmacro %}
