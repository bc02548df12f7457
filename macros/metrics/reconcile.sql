{% macro reconcile_error(billed, estimated) -%}
    {#- 1 where the bill is above the estimate by more than the tolerance, -1 where it is below by
        more, else 0; null without an estimate. Whole nano-dollars. -#}
    case
        when {{ estimated }} is null then null
        when
            cast({{ billed }} - {{ estimated }} as decimal(28, 0))
            > cast({{ estimated }} as decimal(28, 0)) * {{ reconcile_tolerance() }}
            then 1
        when
            cast({{ estimated }} - {{ billed }} as decimal(28, 0))
            > cast({{ estimated }} as decimal(28, 0)) * {{ reconcile_tolerance() }}
            then -1
        else 0
    end
{%- endmacro %}

{% macro reconcile_tolerance() -%}
    {#- Share of the estimate by which a bill may differ and still be the same thing. -#}
    cast({{ var('reconcile_tolerance') }} as decimal(9, 6))
{%- endmacro %}

{% macro status_by_basis() -%}
    {#- How attributed cost is known: what a gateway or price list reckons is an estimate, however
        well it agrees with events. Estimates of calls without a bill may still be provisional. -#}
    case
        when basis = 'estimated' and line_item <> '__no_bill__' then 'estimated' else status
    end
{%- endmacro %}

{% macro neighbour_value(column, direction) -%}
    {#- A column of the same bill line on the day before (`lag`) or after (`lead`); null where that
        day has no such line. -#}
    case
        when {{ direction }}(cost_date) over (
            partition by source_account, provider, project_id, api_key_id, line_item
            order by cost_date
        ) = cast({{ dbt.dateadd('day', -1 if direction == 'lag' else 1, 'cost_date') }} as date)
            then {{ direction }}({{ column }}) over (
                partition by source_account, provider, project_id, api_key_id, line_item
                order by cost_date
            )
    end
{%- endmacro %}
