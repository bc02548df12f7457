{#
    The KPI catalogue. A model in models/marts/monitoring/kpis brings wide rows ("blocks"); its yml
    says under `config.meta.kpis` which metrics they hold, one record each, the only place where a
    metric is defined:

        name, title, meaning, formula    what people read
        unit                             money, share, count, ratio, hours, ms, months, score, per_minute
        better                           up, down, or none where neither is better
        mart                             the mart that it is read from
        grain                            the grain that alerts take if their rule names none (month)
        over_days                        what its days make of any range: their sum, the ratio of the
                                         sums of their parts, or their last; left out where nothing
        is_state                         true for a value at a moment, which also counts unfinished days
        value                            column or expression; left out where it is
        numerator / denominator          (the numerator alone where there is nothing to divide by)
        sample                           column or expression: how many customers or events it rests on
        minimum_sample                   fewer than this are few: read with care (30 where it has a sample)
        in                               blocks that hold it (all of the model's where left out)
        currency                         usd for marts that are in US dollars, else the report currency

    A block is a CTE with period_grain, period_start, dimension, dimension_value, is_provisional and
    the columns that its metrics name. A metric has a row where any of its parts is known.
#}

{% macro kpi_rows(blocks, named_blocks=[]) -%}
    {#- Rows of the metrics of the model at hand: of `blocks`, or of those that a metric names by `in`,
        among which `named_blocks` may be. -#}
    {%- set selects = [] -%}
    {%- for kpi in (config.get('meta') or {}).get('kpis', []) -%}
        {%- for block in kpi.get('in', blocks) -%}
            {%- do selects.append(_kpi_select(kpi, block)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}

{% macro _kpi_select(kpi, block) -%}
    {%- set numerator = kpi.get('numerator', 'null') -%}
    {%- set denominator = kpi.get('denominator', 'null') -%}
    {%- set value = kpi.get('value') or (
        ratio(numerator, denominator) if 'denominator' in kpi else numerator
    ) -%}
    select
        '{{ kpi.name }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast({{ value }} as decimal(38, 9)) as value,
        cast({{ numerator if 'denominator' in kpi else 'null' }} as decimal(38, 9)) as numerator,
        cast({{ denominator }} as decimal(38, 9)) as denominator,
        cast({{ kpi.get('sample', 'null') }} as bigint) as sample_size,
        '{{ kpi.unit }}' as unit,
        cast({{ _kpi_currency(kpi) }} as {{ dbt.type_string() }}) as currency,
        is_provisional
    from {{ block }}
    where {{ [kpi.get('value'), kpi.get('numerator'), kpi.get('denominator')]
        | select | join(' is not null or ') }} is not null
{%- endmacro %}

{% macro _kpi_currency(kpi) -%}
    {{ return(
        'null' if kpi.unit != 'money' else "'" ~ (kpi.get('currency') or report_currency()) ~ "'"
    ) }}
{%- endmacro %}

{% macro kpi_definition_rows() -%}
    {#- One select per metric of the catalogue, from the yml of the models that bring them. -#}
    {%- set selects = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | sort(attribute='name')
            if node.resource_type == 'model' and node.config.get('meta', {}).get('kpis') -%}
            {%- for kpi in node.config.meta.kpis -%}
                {%- do selects.append(_kpi_definition_select(kpi, node.name)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}

{% macro _kpi_definition_select(kpi, model_name) -%}
    select
        '{{ kpi.name }}' as metric,
        '{{ dbt.escape_single_quotes(kpi.title) }}' as title,
        '{{ dbt.escape_single_quotes(kpi.meaning) }}' as meaning,
        '{{ dbt.escape_single_quotes(kpi.formula) }}' as formula,
        '{{ kpi.unit }}' as unit,
        cast({{ _kpi_currency(kpi) }} as {{ dbt.type_string() }}) as currency,
        '{{ kpi.get('better', 'none') }}' as better,
        '{{ kpi.mart }}' as mart,
        '{{ model_name }}' as model,
        '{{ kpi.get('grain', 'month') }}' as default_grain,
        {{ 'true' if kpi.get('is_state') else 'false' }} as is_state,
        cast({{ "'" ~ kpi.over_days ~ "'" if kpi.get('over_days') else 'null' }}
            as {{ dbt.type_string() }}) as over_days,
        cast({{ kpi.get('minimum_sample', 30) if 'sample' in kpi else 'null' }} as integer)
            as minimum_sample,
        '{{ local_md5(tojson(kpi, sort_keys=true)) }}' as definition_version
{%- endmacro %}
