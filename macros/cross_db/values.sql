{% macro json_text(column, path) -%}
    {#- Text of a JSON column at a path of keys given with dots (`a.b`); null where it is absent.
        Numbers and booleans come as text, which may be written otherwise (1.50 as 1.5). -#}
    {{ return(adapter.dispatch('json_text', 'usage_vs_revenue')(column, path)) }}
{%- endmacro %}

{% macro duckdb__json_text(column, path) -%}
    json_extract_string({{ column }}, '$."{{ path.split('.') | join('"."') }}"')
{%- endmacro %}

{% macro postgres__json_text(column, path) -%}
    (cast({{ column }} as json) #>> '{ {{- path.split('.') | join(',') -}} }')
{%- endmacro %}

{% macro spark__json_text(column, path) -%}
    get_json_object({{ column }}, '$.{{ path }}')
{%- endmacro %}

{% macro short_name(text) -%}
    {#- A name for people: at most 200 characters, a longer one ends in a mark. Keys are never cut. -#}
    case when length({{ text }}) > 200 then substr({{ text }}, 1, 199) || '…' else {{ text }} end
{%- endmacro %}

{% macro safe_decimal(text, precision=38, scale=9) -%}
    {#- A text as decimal(precision, scale); null where it is no such number. Test for null. -#}
    {{ return(adapter.dispatch('safe_decimal', 'usage_vs_revenue')(text, precision, scale)) }}
{%- endmacro %}

{% macro duckdb__safe_decimal(text, precision, scale) -%}
    try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro postgres__safe_decimal(text, precision, scale) -%}
    case
        when {{ text }} ~ '^[+-]?([0-9]{1,{{ precision - scale }}}([.][0-9]*)?|[.][0-9]+)$'
            then cast({{ text }} as decimal({{ precision }}, {{ scale }}))
    end
{%- endmacro %}

{% macro spark__safe_decimal(text, precision, scale) -%}
    try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro exact_divide(numerator, denominator, scale=9) -%}
    {#- numerator / denominator rounded half away from zero at `scale` decimals (at most 9), in
        whole numbers, never through floats: decimal(38, scale). Both may be integers or decimals
        with at most 9 decimals, the numerator below 10^19 in size and the denominator below 10^16.
        Null where the denominator is null or zero. -#}
    {{ return(adapter.dispatch('exact_divide', 'usage_vs_revenue')(numerator, denominator, scale)) }}
{%- endmacro %}

{% macro duckdb__exact_divide(numerator, denominator, scale) -%}
    {%- set top = "abs(cast(cast(" ~ numerator ~ " as decimal(38, 9)) * 1000000000 as hugeint))" -%}
    {%- set bottom = "abs(cast(cast(" ~ denominator ~ " as decimal(38, 9)) * 1000000000 as hugeint))" -%}
    {%- set unit = '1' ~ '0' * scale -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }}) * cast(
            (2 * {{ top }} * {{ unit }} + {{ bottom }}) // nullif(2 * {{ bottom }}, 0)
            as decimal(38, 0)
        ) * cast({{ '1' if scale == 0 else '0.' ~ '0' * (scale - 1) ~ '1' }} as decimal({{ scale + 1 }}, {{ scale }}))
        as decimal(38, {{ scale }})
    )
{%- endmacro %}

{% macro postgres__exact_divide(numerator, denominator, scale) -%}
    {%- set top = "abs(cast(" ~ numerator ~ " as decimal(38, 9)))" -%}
    {%- set bottom = "abs(cast(" ~ denominator ~ " as decimal(38, 9)))" -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }}) * div(
            2 * {{ top }} * 1{{ '0' * scale }} + {{ bottom }}, nullif(2 * {{ bottom }}, 0)
        ) * {{ '1' if scale == 0 else '0.' ~ '0' * (scale - 1) ~ '1' }}
        as decimal(38, {{ scale }})
    )
{%- endmacro %}

{% macro spark__exact_divide(numerator, denominator, scale) -%}
    cast(
        round(
            cast({{ numerator }} as decimal(28, 9))
            / nullif(cast({{ denominator }} as decimal(25, 9)), 0),
            {{ scale }}
        ) as decimal(38, {{ scale }})
    )
{%- endmacro %}

{% macro percentile(expression, share, scale=3) -%}
    {#- Percentile of a group with linear interpolation, as decimal(18, scale). Computed in double
        precision: off by at most one unit of the last decimal kept. -#}
    {{ return(adapter.dispatch('round_double', 'usage_vs_revenue')(
        adapter.dispatch('percentile_of_doubles', 'usage_vs_revenue')(
            'cast(' ~ expression ~ ' as ' ~ double_type() ~ ')', share
        ),
        scale
    )) }}
{%- endmacro %}

{% macro default__percentile_of_doubles(doubles, share) -%}
    percentile_cont({{ share }}) within group (order by {{ doubles }})
{%- endmacro %}

{% macro duckdb__percentile_of_doubles(doubles, share) -%}
    {#- The same; a group's median and 95th percentile are one aggregate, worked out once for both. -#}
    {%- set shares = [0.5, 0.95] -%}
    {%- if share in shares -%}
        quantile_cont({{ doubles }}, {{ shares }})[{{ shares.index(share) + 1 }}]
    {%- else -%}
        {{ usage_vs_revenue.default__percentile_of_doubles(doubles, share) }}
    {%- endif -%}
{%- endmacro %}

{#- A double as decimal(18, scale), by way of its first ten decimals. -#}
{% macro default__round_double(expression, scale) -%}
    cast(round(cast({{ expression }} as decimal(28, 10)), {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro %}

{% macro duckdb__round_double(expression, scale) -%}
    {#- The same; below 10^8 in 64 bits, which is ten times as fast. -#}
    coalesce(
        cast(round(try_cast({{ expression }} as decimal(18, 10)), {{ scale }}) as decimal(18, {{ scale }})),
        {{ usage_vs_revenue.default__round_double(expression, scale) }}
    )
{%- endmacro %}

{% macro double_type() -%}
    {{ return(adapter.dispatch('double_type', 'usage_vs_revenue')()) }}
{%- endmacro %}

{% macro duckdb__double_type() -%} double {%- endmacro %}
{% macro postgres__double_type() -%} double precision {%- endmacro %}
{% macro spark__double_type() -%} double {%- endmacro %}

{% macro matches_glob(text, pattern) -%}
    {#- True where the whole text matches a glob (`*` any text, `?` one character), whatever the
        letter case. `pattern` may be a column of a seed. -#}
    (
        lower({{ text }}) like
        replace(replace(replace(replace(replace(
            lower({{ pattern }}), '!', '!!'), '%', '!%'), '_', '!_'), '*', '%'), '?', '_')
        escape '!'
    )
{%- endmacro %}

{% macro if_all_agree(column) -%}
    {#- Of a group, the value that all its rows have; null where they differ or one has none. -#}
    case
        when count({{ column }}) = count(*) and min({{ column }}) = max({{ column }})
            then min({{ column }})
    end
{%- endmacro %}

{% macro if_one(column) -%}
    {#- Of a group, the one value that its rows have, nulls apart; null where they have several. -#}
    case when count(distinct {{ column }}) = 1 then min({{ column }}) end
{%- endmacro %}

{% macro floor_divide(numerator, denominator) -%}
    {#- Whole quotient of two integers that are not negative, decimal(38, 0); exact as long as the
        numerator is below 10^38 and the quotient below 9 * 10^18. Null for a denominator of 0. -#}
    {{ return(adapter.dispatch('floor_divide', 'usage_vs_revenue')(numerator, denominator)) }}
{%- endmacro %}

{% macro duckdb__floor_divide(numerator, denominator) -%}
    {#- DuckDB divides 128-bit integers bit by bit, two microseconds each. Doubles come within some
        hundred of such a quotient and, by what is then left, within one; the rest is exact. -#}
    {%- set numerator = '(' ~ numerator ~ ')' -%}
    {%- set divisor = 'nullif(' ~ denominator ~ ', 0)' -%}
    {%- set guess = 'cast(floor(cast(' ~ numerator ~ ' as double) / cast(' ~ divisor
        ~ ' as double)) as decimal(38, 0))' -%}
    {%- set near = '(' ~ guess ~ ' + cast(floor(cast(' ~ numerator ~ ' - ' ~ guess ~ ' * ' ~ divisor
        ~ ' as double) / cast(' ~ divisor ~ ' as double)) as decimal(38, 0)))' -%}
    {%- set left_over = '(' ~ numerator ~ ' - ' ~ near ~ ' * ' ~ divisor ~ ')' -%}
    cast(
        {{ near }} + case
            when {{ left_over }} < 0 then -1
            when {{ left_over }} >= {{ divisor }} then 1
            else 0
        end as decimal(38, 0)
    )
{%- endmacro %}

{% macro postgres__floor_divide(numerator, denominator) -%}
    cast(div({{ numerator }}, nullif({{ denominator }}, 0)) as decimal(38, 0))
{%- endmacro %}

{% macro spark__floor_divide(numerator, denominator) -%}
    cast(({{ numerator }}) div nullif({{ denominator }}, 0) as decimal(38, 0))
{%- endmacro %}

{% macro whole_quotient(numerator, denominator) -%}
    {#- Whole quotient of two bigints that are not negative, bigint. -#}
    {{ return(adapter.dispatch('whole_quotient', 'usage_vs_revenue')(numerator, denominator)) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(numerator, denominator) -%}
    ({{ numerator }} // {{ denominator }})
{%- endmacro %}

{% macro postgres__whole_quotient(numerator, denominator) -%}
    ({{ numerator }} / {{ denominator }})
{%- endmacro %}

{% macro spark__whole_quotient(numerator, denominator) -%}
    ({{ numerator }} div {{ denominator }})
{%- endmacro %}

{% macro in_byte_order(text) -%}
    {#- A text to order by, the same on every engine: by its bytes, not by a language. -#}
    {{ return(adapter.dispatch('in_byte_order', 'usage_vs_revenue')(text)) }}
{%- endmacro %}

{% macro default__in_byte_order(text) -%} {{ text }} {%- endmacro %}
{% macro postgres__in_byte_order(text) -%} ({{ text }}) collate "C" {%- endmacro %}

{% macro read_anew() -%}
    {#- Between `as` and the bracket of a CTE that several parts of a query read: each reads its
        source itself, with its own columns and rows, where the engine would keep a copy of all of
        it. Spark does so of itself and has no word for it. -#}
    {{ '' if target.type == 'spark' else 'not materialized' }}
{%- endmacro %}
