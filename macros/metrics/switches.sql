{% macro mrr_presets() -%}
    {#- What each preset fixes; the vars of dbt_project.yml say the rest. -#}
    {{ return({
        'house': {},
        'stripe_compat': {
            'churn_at': 'cancel_request', 'discount_mode': 'forever', 'require_first_payment': 'false',
        },
    }) }}
{%- endmacro %}

{% macro mrr_switch(name, preset=none) -%}
    {#- Value of a switch of recurring revenue, as text: what the preset fixes (the one of the build
        unless another is given), else the var of that name in dbt_project.yml. -#}
    {%- set presets = mrr_presets() -%}
    {%- set chosen = preset or var('preset') -%}
    {%- if chosen not in presets -%}
        {{ exceptions.raise_compiler_error("preset must be one of " ~ presets.keys() | list | join(', ')) }}
    {%- endif -%}
    {%- set value = presets[chosen].get(name, var(name)) | string | trim | lower -%}
    {%- set known = {
        'discount_mode': ['lasting', 'all', 'none', 'forever'],
        'churn_at': ['ended_at', 'cancel_request'],
        'require_first_payment': ['true', 'false'],
        'pause_mode': ['zero', 'keep'],
        'usage_in_mrr': ['off', 'trailing3'],
    }.get(name) -%}
    {%- if known is not none and value not in known -%}
        {{ exceptions.raise_compiler_error(name ~ ' must be one of ' ~ known | join(', ') ~ ', not ' ~ value) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{% macro discount_counts(duration, discount_mode) -%}
    {#- Whether a discount of this duration counts under a mode (a column or literal): `lasting` and
        `all` take every one, `forever` those without an end, `none` nothing. Whether one for a
        single invoice needs a period longer than a month is said beside it. -#}
    (
        {{ discount_mode }} in ('lasting', 'all')
        or ({{ discount_mode }} = 'forever' and {{ duration }} = 'forever')
    )
{%- endmacro %}
