{#
    How the billing vendors become one. A vendor's folder `models/intermediate/<vendor>/` says what
    the vendor knows, in models named `int_<vendor>__<entities>`; dbt_project.yml lists them in the
    variable `billing_vendors`. The shape they fill is that of `int_billing_<entities>`, whose
    columns and types are stated in its yml: a column that a vendor does not know it leaves out.
#}

{% macro union_of_vendors(entities) -%}
    {#- Rows of all vendors that know such entities, with `billing_provider`: all columns that
        vendors may fill, null where one does not. Those marked `derived` in the yml are left to
        the reader, who works them out for all vendors alike. A unit test, which cannot line columns
        up, is about the first vendor. -#}
    {%- set selects = [] -%}
    {%- set is_unit_test = execute and graph.nodes is not defined -%}
    {%- for vendor, known in var('billing_vendors').items() if entities in known and is_built(vendor) -%}
        {%- if not (selects and is_unit_test) -%}
            {%- set relation = ref('int_' ~ vendor ~ '__' ~ entities) -%}
            {%- do selects.append(
                "select '" ~ vendor ~ "' as billing_provider, "
                ~ vendor_columns(vendor, entities) | join(', ') ~ ' from ' ~ relation
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append('select * from (' ~ no_vendor_rows(entities) ~ ') as nobody where 1 = 0') -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}

{% macro is_built(vendor) %}
    {#- Whether a vendor's models are built, by the same look at the setting as that of its folders in
        dbt_project.yml. Stripe's and OpenAI's folders are always built. -#}
    {{ return(vendor in ['stripe', 'openai'] or vendor not in env_var('LEAVE_OUT_VENDORS', '')) }}
{% endmacro %}

{% macro vendor_columns(vendor, entities) %}
    {#- Columns of a vendor's model as SQL, in the order of the common shape. While parsing and in
        unit tests there is no graph to look them up in: then all that the vendor has. -#}
    {% if not execute or graph.nodes is not defined %}
        {{ return(['*']) }}
    {% endif %}
    {% set known = model_columns('int_' ~ vendor ~ '__' ~ entities) %}
    {% set columns = [] %}
    {% for column in shape_of_vendors(entities) %}
        {% do columns.append(
            column.name if column.name in known
            else 'cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ') as ' ~ column.name
        ) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{% macro no_vendor_rows(entities) %}
    {#- A row of nulls in the common shape, for entities that no vendor knows. -#}
    {% set columns = ['cast(null as ' ~ dbt.type_string() ~ ') as billing_provider'] %}
    {% if execute and graph.nodes is defined %}
        {% for column in shape_of_vendors(entities) %}
            {% do columns.append(
                'cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ') as ' ~ column.name
            ) %}
        {% endfor %}
    {% endif %}
    {{ return('select ' ~ columns | join(', ')) }}
{% endmacro %}

{% macro shape_of_vendors(entities) %}
    {#- Columns that a vendor may fill. -#}
    {% set columns = [] %}
    {% for column in model_columns('int_billing_' ~ entities).values()
        if column.name != 'billing_provider' and not column.meta.get('derived') %}
        {% do columns.append(column) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{% macro model_columns(name) %}
    {#- Columns of a model as its yml states them. -#}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name].columns) }}
{% endmacro %}

{% macro texts_of(names) -%}
    {#- Names as SQL texts with commas between, for `in (...)`; one that matches nothing for none. -#}
    {% set texts = [] %}
    {%- for name in names -%}
        {%- do texts.append("'" ~ name ~ "'") -%}
    {%- endfor -%}
    {{ return(texts | join(', ') or "''") }}
{%- endmacro %}
