{#
    What findings are made of. Days are UTC; `days ago` counts back from the clock's day, so that
    yesterday is 1 and the last complete day.
#}

{% macro insight_days() -%}
    {#- How many complete days back findings are looked for, as integer. -#}
    {{ return(var('insight_days') | int) }}
{%- endmacro %}

{% macro baseline_days() -%}
    {#- How many days before a day say what is usual for it, as integer. -#}
    {{ return(var('insight_baseline_days') | int) }}
{%- endmacro %}

{% macro days_before_clock(days) -%}
    {#- The UTC day so many days before the clock's day, as date; 0 is the clock's own. -#}
    cast({{ dbt.dateadd('day', '-(' ~ days ~ ')', day_of(as_of_timestamp())) }} as date)
{%- endmacro %}

{% macro events_loaded() -%}
    {#- Select of one row: `days_not_loaded`, how many of the complete days before the clock's had not
        ended when events were last loaded. Nothing is said about these: a load that did not run is
        not a customer who stays away. -#}
    select
        greatest(0, coalesce(
            max({{ days_between(day_of('last_synced_at'), day_of(as_of_timestamp())) }}), 0
        )) as days_not_loaded
    from {{ ref('load_freshness_by_source') }}
    where source = 'app_events'
{%- endmacro %}

{% macro insight_var(name) -%}
    {#- A threshold of findings, the var of that name as decimal(26, 6): a product with it is not kept
        within 18 digits. -#}
    cast({{ var(name) }} as decimal(26, 6))
{%- endmacro %}

{% macro robust_z(value, median, deviation, floor) -%}
    {#- How many robust standard deviations a value lies from the median, decimal(18, 3): 1.4826
        times the median absolute deviation is one, but it is never below `floor`, since a constant
        past says little about what chance may do. Null where both are zero. -#}
    cast(round(cast(
        ({{ value }} - {{ median }}) / nullif(
            cast(
                greatest(1.4826 * cast({{ deviation }} as decimal(28, 9)), {{ floor }})
                as {{ double_type() }}
            ), 0
        ) as decimal(28, 10)
    ), 3) as decimal(18, 3))
{%- endmacro %}

{% macro counting_noise(median) -%}
    {#- Standard deviation that chance alone gives a count of independent events, at least 1. -#}
    sqrt(cast(greatest({{ median }}, 1) as {{ double_type() }}))
{%- endmacro %}

{% macro money_text(amount) -%}
    {#- An amount of dollars as text with two decimals. -#}
    cast(cast(round({{ amount }}, 2) as decimal(18, 2)) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro whole_text(number) -%}
    {#- A number as text without decimals. -#}
    cast(cast(round({{ number }}, 0) as bigint) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro percent_text(share) -%}
    {#- A share of 1 as text in whole percent, without the sign. -#}
    cast(cast(round({{ share }} * 100, 0) as bigint) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro sql_text(value) -%}
    {#- A value as SQL text literal inside a SQL text that a model writes: quoted, quotes doubled. -#}
    chr(39) || replace(cast({{ value }} as {{ dbt.type_string() }}), chr(39), chr(39) || chr(39)) || chr(39)
{%- endmacro %}

{% macro is_beyond_usual(robust_z, weekday_robust_z, direction) -%}
    {#- Whether a day is beyond the var `insight_robust_z` in a direction (1 up, -1 down), both
        against the days before it and against the same weekdays of them: a quiet weekend is no
        drop. -#}
    (
        {{ direction }} * {{ robust_z }} > {{ insight_var('insight_robust_z') }}
        and {{ direction }} * {{ weekday_robust_z }} > {{ insight_var('insight_robust_z') }}
    )
{%- endmacro %}

{% macro cost_noise(median) -%}
    {#- The least standard deviation that a day's cost is taken to have: a tenth of the median, and
        a cent where nothing is usual. -#}
    greatest({{ median }} * 0.1, 0.01)
{%- endmacro %}

{% macro sql_date(day) -%}
    {#- A day as SQL date literal inside a SQL text that a model writes. -#}
    'date ' || {{ sql_text('cast(' ~ day ~ ' as date)') }}
{%- endmacro %}

{% macro day_text(day) -%}
    {#- A day as text, YYYY-MM-DD. -#}
    cast(cast({{ day }} as date) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro month_text(month) -%}
    {#- A month given by its first day as text, YYYY-MM. -#}
    substring({{ day_text(month) }}, 1, 7)
{%- endmacro %}

{% macro profit_badge(revenue, cost, margin, margins) -%}
    {#- How a feature does in a month: `high_loss` below zero, `high_profit` from the margin rate and
        the share of all features' margin (`margins`, the sum of those above zero) that the vars
        insight_high_margin_rate and insight_high_margin_share say; else null. -#}
    case
        when {{ margin }} < 0 then 'high_loss'
        when
            {{ margin_rate(revenue, cost) }} >= {{ insight_var('insight_high_margin_rate') }}
            and {{ margin }} >= {{ margins }} * {{ insight_var('insight_high_margin_share') }}
            then 'high_profit'
    end
{%- endmacro %}

{% macro insight_advice(insight_type) -%}
    {#- What a person may do about a finding, as a sentence. -#}
    case {{ insight_type }}
        when 'unprofitable_customer' then 'Look at what it uses, then at its plan, limit or price.'
        when 'usage_spike' then 'Find out whether it is success, a fault or abuse.'
        when 'usage_drop' then 'Ask before the renewal what has changed.'
        when 'upsell_opportunity' then 'Offer the bigger plan before calls are refused or charged.'
        when 'high_profit_feature' then 'Show it more, and look after it.'
        when 'high_loss_feature' then 'Raise its price, limit its use or move it to a cheaper model.'
        when 'many_errors' then 'See which endpoint fails for it, and tell it before it asks.'
        when 'slow_responses' then 'See which endpoint is slow for it: less at once, or a cache.'
        when 'cost_anomaly' then 'Look for a loop, a larger prompt or a new use.'
    end
{%- endmacro %}

{% macro share_of_margin_text(margin, margins) -%}
    {#- The end of a sentence: which share of all features' margin one brings; empty for a loss. -#}
    case
        when {{ margin }} > 0
            then ': ' || {{ percent_text(ratio(margin, margins)) }} || ' % of what all features earn'
        else ''
    end
{%- endmacro %}
