{% macro mrr_rules() -%}
    {#- The rules that a build counts MRR by, as text: preset, switches and time zone. Numbers of
        different rules are not to be compared. -#}
    {%- set rules = ['preset=' ~ var('preset'), 'report_timezone=' ~ report_timezone()] -%}
    {%- for name in [
        'churn_at', 'discount_mode', 'past_due_grace_days', 'pause_mode', 'require_first_payment',
        'usage_in_mrr'
    ] -%}
        {%- do rules.append(name ~ '=' ~ mrr_switch(name)) -%}
    {%- endfor -%}
    {{ return(rules | join(', ')) }}
{%- endmacro %}

{% macro is_not_kept_yet(alias, columns) -%}
    {#- Condition of a model that keeps what it once wrote: it holds no row with these columns of
        `alias`. A full refresh forgets nothing where the model says `full_refresh=false`. -#}
    {%- if is_building() and is_incremental() -%}
        not exists (
            select 1 from {{ this }} as kept
            where {% for column in columns %}
                kept.{{ column }} = {{ alias }}.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
        )
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro closed_measures() -%}
    {#- Columns of mrr_movements_by_month that are kept when a month is closed. -#}
    {{ return([
        'opening_mrr', 'new_mrr', 'expansion_mrr', 'contraction_mrr', 'churn_mrr',
        'reactivation_mrr', 'pause_mrr', 'resume_mrr', 'fx_mrr', 'closing_mrr',
        'opening_customers', 'new_customers', 'churned_customers', 'reactivated_customers',
        'closing_customers',
    ]) }}
{%- endmacro %}

{% macro closed_measure_names() -%}
    {#- Select of `measure`: the name of each of them. -#}
    {% for name in closed_measures() -%}
        select '{{ name }}' as measure{{ ' union all ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro closed_measure_value(relation) -%}
    {#- The column of `relation` that the column `measure` names, decimal(38, 9). -#}
    case measures.measure
        {% for name in closed_measures() -%}
        when '{{ name }}' then cast({{ relation }}.{{ name }} as decimal(38, 9))
        {% endfor -%}
    end
{%- endmacro %}
