{#
    Many vendors of AI cost, one shape. What a vendor's data says in canonical columns stands in
    `models/intermediate/<vendor>/int_<vendor>__<entities>.sql`; the var `cost_vendors` in
    dbt_project.yml names which entities each vendor has.
#}

{% macro union_of_cost_vendors(entities) -%}
    {#- Rows of all vendors that have these entities, in the columns that the model at hand declares
        in its yml; what a vendor's model does not have is null, of the declared type. -#}
    {%- set selects = [] -%}
    {%- for vendor, known in var('cost_vendors').items() if entities in known and is_built(vendor) -%}
        {%- set model_name = 'int_' ~ vendor ~ '__' ~ entities -%}
        {%- do selects.append(
            'select ' ~ columns_of_cost_vendor(model_name) | join(', ') ~ ' from ' ~ ref(model_name)
        ) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append('select * from (' ~ no_cost_vendor_rows() ~ ') as nobody where 1 = 0') -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}

{% macro no_cost_vendor_rows() -%}
    {#- A row of nulls in the columns that the model at hand declares, for entities of no vendor. -#}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(
            'cast(null as ' ~ api.Column.translate_type(column.data_type or 'string') ~ ') as '
            ~ column.name
        ) -%}
    {%- endfor -%}
    {{ return('select ' ~ columns | join(', ')) }}
{%- endmacro %}

{% macro columns_of_cost_vendor(model_name) -%}
    {#- The columns that the model at hand declares, taken from a vendor's model or null. While
        parsing and in unit tests, which know one model only, all that is there. -#}
    {%- set columns = [] -%}
    {%- if execute and graph.nodes is defined and model.columns -%}
        {%- for node in graph.nodes.values() if node.name == model_name -%}
            {%- for column in model.columns.values() -%}
                {%- do columns.append(
                    column.name if column.name in node.columns
                    else 'cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ') as '
                    ~ column.name
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns or ['*']) }}
{%- endmacro %}
