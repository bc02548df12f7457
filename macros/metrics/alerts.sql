{#
    How a value is set against a threshold. Which threshold, and of what, is in
    seeds/alert_thresholds.csv alone.
#}

{% macro is_beyond(value, threshold, direction) -%}
    {#- True where a value is on the bad side of a threshold: above it for `up`, below it for `down`.
        Reaching it is not beyond; no threshold is never passed. -#}
    coalesce(
        case {{ direction }}
            when 'up' then {{ value }} > {{ threshold }}
            when 'down' then {{ value }} < {{ threshold }}
        end,
        false
    )
{%- endmacro %}

{% macro is_back_inside(value, threshold, direction) -%}
    {#- True where a value is back from a threshold by `alert_recovery_margin` of its size, so that a
        value that wavers about the threshold does not recover and fire in turns. -#}
    coalesce(
        case {{ direction }}
            when 'up' then {{ value }} <= {{ threshold }} - abs({{ threshold }}) * {{ recovery_margin() }}
            when 'down' then {{ value }} >= {{ threshold }} + abs({{ threshold }}) * {{ recovery_margin() }}
        end,
        false
    )
{%- endmacro %}

{% macro is_near(value, threshold, direction) -%}
    {#- True where a value is within a tenth of a threshold's size of it, on the good side or at it. A
        threshold of 0 has no tenth. -#}
    (
        not {{ is_beyond(value, threshold, direction) }}
        and coalesce(
            {{ threshold }} <> 0
            and abs({{ value }} - ({{ threshold }})) * 10 <= abs({{ threshold }}),
            false
        )
    )
{%- endmacro %}

{% macro recovery_margin() -%}
    cast({{ var('alert_recovery_margin') }} as decimal(9, 6))
{%- endmacro %}

{% macro log_chance_of_at_least(hits, tries, rate) -%}
    {#- Natural logarithm of the chance to see at least so many hits in so many tries at a rate, an
        upper bound of the exact binomial tail that is close where it matters: the chance of exactly
        `hits`, times the geometric series that its neighbours stay below. 0 (certain) where hits
        are not above what the rate lets expect. All three as numbers, the result in double
        precision; logarithms because engines refuse an exponential that underflows. Null where there
        are more hits than tries, so that they are no such counts. -#}
    {%- set k = 'cast(' ~ hits ~ ' as ' ~ double_type() ~ ')' -%}
    {%- set n = 'cast(' ~ tries ~ ' as ' ~ double_type() ~ ')' -%}
    {%- set p = 'cast(' ~ rate ~ ' as ' ~ double_type() ~ ')' -%}
    case
        when {{ k }} is null or {{ n }} is null or {{ p }} is null then null
        when {{ n }} < 0 or {{ k }} > {{ n }} then null
        when {{ k }} <= 0 or {{ p }} >= 1 or {{ k }} <= {{ n }} * {{ p }} then 0
        when {{ p }} <= 0 then -1000
        else least(
            0,
            {{ log_factorial(n) }} - {{ log_factorial(k) }} - {{ log_factorial(n ~ ' - ' ~ k) }}
            + {{ k }} * ln({{ p }}) + ({{ n }} - {{ k }}) * ln(1 - {{ p }})
            + ln(
                ({{ k }} + 1) * (1 - {{ p }})
                / (({{ k }} + 1) * (1 - {{ p }}) - ({{ n }} - {{ k }}) * {{ p }})
            )
        )
    end
{%- endmacro %}

{% macro is_perhaps_chance(log_chance) -%}
    {#- True where the logarithm of a chance is above that of var `alert_chance`. -#}
    ({{ log_chance }} > ln(cast({{ var('alert_chance') }} as {{ double_type() }})))
{%- endmacro %}

{% macro before_cooldown(moment) -%}
    {#- The moment `alert_cooldown_days` earlier. -#}
    {{ dbt.dateadd('day', -var('alert_cooldown_days'), moment) }}
{%- endmacro %}

{% macro this_run() -%}
    {#- Id of the dbt invocation at hand, as text. -#}
    '{{ invocation_id }}'
{%- endmacro %}

{% macro log_factorial(number) -%}
    {#- Natural logarithm of the factorial of a number >= 0 in double precision: Stirling's series six
        steps further on, right to 12 digits. -#}
    (
        ({{ number }} + 6.5) * ln({{ number }} + 7) - ({{ number }} + 7)
        + cast('0.918938533204672742' as {{ double_type() }})
        + 1 / (12 * ({{ number }} + 7))
        - 1 / (360 * power({{ number }} + 7, 3))
        + 1 / (1260 * power({{ number }} + 7, 5))
        - ln(
            ({{ number }} + 1) * ({{ number }} + 2) * ({{ number }} + 3)
            * ({{ number }} + 4) * ({{ number }} + 5) * ({{ number }} + 6)
        )
    )
{%- endmacro %}

{% macro kpi_text(value, unit, currency) -%}
    {#- A value of a KPI as people read it: shares in percent, money with its currency. -#}
    case {{ unit }}
        when 'share'
            then cast(cast(round({{ value }} * 100, 2) as decimal(18, 2)) as {{ dbt.type_string() }}) || ' %'
        when 'money'
            then cast(cast(round({{ value }}, 2) as decimal(28, 2)) as {{ dbt.type_string() }})
                || ' ' || upper(coalesce({{ currency }}, ''))
        when 'hours'
            then cast(cast(round({{ value }}, 1) as decimal(18, 1)) as {{ dbt.type_string() }}) || ' hours'
        when 'count'
            then cast(cast(round({{ value }}, 0) as decimal(28, 0)) as {{ dbt.type_string() }})
        else cast(cast(round({{ value }}, 3) as decimal(28, 3)) as {{ dbt.type_string() }})
    end
{%- endmacro %}

{% macro is_not_remembered(alias, columns) -%}
    {#- Condition of an append-only model: it holds no row with these columns of `alias` yet. -#}
    {%- if is_building() and is_incremental() -%}
        not exists (
            select 1 from {{ this }} as there
            where {% for column in columns %}
                there.{{ column }} = {{ alias }}.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
        )
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}
