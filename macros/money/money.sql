{% macro to_major_units(amount, exponent, scale=9) -%}
    {#- Exact amount in major units, decimal(38, scale), of an amount in minor units (integer, or
        decimal with at most 12 decimals) and the column `exponent` of seed currency_exponents
        (0, 2 or 3). Null for another exponent: an unknown currency is never guessed. -#}
    cast(
        round(
            cast({{ amount }} as decimal(33, 12)) * case {{ exponent }}
                when 0 then cast(1 as decimal(4, 3))
                when 2 then cast(0.01 as decimal(4, 3))
                when 3 then cast(0.001 as decimal(4, 3))
            end,
            {{ scale }}
        ) as decimal(38, {{ scale }})
    )
{%- endmacro %}

{% macro convert_to_usd(amount, currency, usd_per_unit) -%}
    {#- An amount as US dollars, decimal(38, 18). `usd_per_unit` is the day's rate of the currency
        (decimal with at most 12 decimals); null where there is none. Dollars are passed on
        untouched; of another amount 10 decimals count. -#}
    case
        when lower({{ currency }}) = 'usd' then cast({{ amount }} as decimal(38, 18))
        else cast(
            round(
                cast({{ amount }} as decimal(25, 10)) * cast({{ usd_per_unit }} as decimal(18, 12)), 18
            ) as decimal(38, 18)
        )
    end
{%- endmacro %}

{% macro amount_of_units(unit_amount_minor, units) -%}
    {#- A price per unit in minor units (decimal with at most 12 decimals) times whole units, as
        decimal(38, 12). A hundred trillion minor units for one, and a trillion units, are errors:
        null, for a product of them would have no room. -#}
    cast(case
        when abs({{ unit_amount_minor }}) < 100000000000000 then {{ unit_amount_minor }}
    end as decimal(29, 12))
    * cast(case when abs({{ units }}) < 1000000000000 then {{ units }} end as decimal(12, 0))
{%- endmacro %}

{% macro share_of(amount, part, whole) -%}
    {#- What of an amount falls on a part of a whole, amount * part / whole, as decimal(38, 9). The
        product of two amounts of more than 9 digits before the point has no room: then by the
        quotient part / whole, taken to 18 decimals in two steps. Null for a whole of zero. -#}
    {%- set quotient = 'cast(' ~ exact_divide(part, whole) ~ ' as decimal(11, 9))' -%}
    {%- set rest = '1000000000 * (cast(' ~ part ~ ' as decimal(33, 18)) - ' ~ quotient
        ~ ' * cast(' ~ whole ~ ' as decimal(24, 9)))' -%}
    case
        when {{ whole }} = 0 then null
        when {{ part }} = {{ whole }} then cast({{ amount }} as decimal(38, 9))
        when abs({{ amount }}) < 1000000000 and abs({{ part }}) < 1000000000
            then {{ exact_divide(
                'round(cast(' ~ amount ~ ' as decimal(19, 9)) * cast(' ~ part
                ~ ' as decimal(19, 9)), 9)',
                whole
            ) }}
        else cast(
            round(cast({{ amount }} as decimal(24, 9)) * {{ quotient }}, 9)
            + round(
                cast(
                    round(
                        cast({{ amount }} as decimal(24, 9))
                        * cast({{ exact_divide('cast(' ~ rest ~ ' as decimal(38, 9))', whole) }}
                            as decimal(11, 9)),
                        9
                    ) as decimal(25, 9)
                ) * cast(0.000000001 as decimal(10, 9)),
                9
            ) as decimal(38, 9)
        )
    end
{%- endmacro %}

{% macro to_money(amount) -%}
    {#- Rounded half away from zero to the nano-unit, decimal(38, 9). -#}
    cast(round({{ amount }}, 9) as decimal(38, 9))
{%- endmacro %}

{% macro report_currency() -%}
    {#- Code of the report currency in lower case: var, else REPORT_CURRENCY, else usd. -#}
    {{ return((var('report_currency', '') or env_var('REPORT_CURRENCY', '') or 'usd') | lower) }}
{%- endmacro %}

{% macro report_timezone() -%}
    {#- IANA zone of revenue days: var, else REPORT_TIMEZONE, else UTC. -#}
    {{ return(var('report_timezone', '') or env_var('REPORT_TIMEZONE', '') or 'UTC') }}
{%- endmacro %}

{% macro to_nano(amount) -%}
    {#- Whole nano-units of an amount with at most 9 decimals, decimal(38, 0). The amount is below
        10^19 in size: more than any bill, but bills come with errors. -#}
    cast(cast({{ amount }} as decimal(28, 9)) * 1000000000 as decimal(38, 0))
{%- endmacro %}

{% macro most_shared_nano() -%}
    {#- Ten billion dollars in nano-dollars: a line of more is an error, and its product with a
        weight would have no room. -#}
    cast(10000000000000000000 as decimal(38, 0))
{%- endmacro %}

{% macro from_nano(amount) -%}
    {#- Whole nano-units as decimal(38, 9) of the unit. -#}
    cast(cast({{ amount }} as decimal(28, 0)) * cast(0.000000001 as decimal(9, 9)) as decimal(38, 9))
{%- endmacro %}

{% macro usd_per_token(usd_per_million) -%}
    {#- A price per million tokens as the exact price of one, decimal(18, 15). -#}
    cast(
        cast({{ usd_per_million }} as decimal(18, 9)) * cast(0.000001 as decimal(7, 6))
        as decimal(18, 15)
    )
{%- endmacro %}

{% macro usd_per_million(usd_per_token) -%}
    {#- The price per million tokens, decimal(38, 9), of that of one. DuckDB multiplies two decimals of
        at most 18 digits within 18 digits, too few for a thousand dollars per million. -#}
    cast(cast({{ usd_per_token }} as decimal(28, 15)) * 1000000 as decimal(38, 9))
{%- endmacro %}

{% macro llm_token_types() -%}
    {#- The token types of the price list, as a list of SQL texts. -#}
    'input', 'cached_input', 'cache_write', 'cache_write_1h', 'output', 'input_audio',
    'cached_input_audio', 'output_audio', 'input_image', 'output_image'
{%- endmacro %}

{% macro rate_of_type(token_type) -%}
    {#- Of a group of prices of one rate each, the price of one token of a type; null without. -#}
    max(
        case
            when token_type = '{{ token_type }}' then {{ usd_per_token('usd_per_million_tokens') }}
        end
    )
{%- endmacro %}

{% macro most_tokens() -%}
    {#- More tokens than any call can have: beyond them a count is an error. -#}
    1000000000000
{%- endmacro %}

{% macro token_count(tokens) -%}
    {#- Tokens of a call, 0 where it says none. A count that is an error stays one and becomes small
        enough for sums of any kind. -#}
    least(coalesce({{ tokens }}, 0), {{ most_tokens() }} + 1)
{%- endmacro %}

{% macro nano_per_token(usd_per_token) -%}
    {#- Whole nano-dollars in a price per token (decimal(18, 15)), bigint; null without a price. -#}
    cast(floor(cast({{ usd_per_token }} as decimal(28, 15)) * 1000000000) as bigint)
{%- endmacro %}

{% macro femto_beyond_nano(usd_per_token) -%}
    {#- What a price per token has beyond whole nano-dollars, in femto-dollars (10^-15), bigint. -#}
    cast(
        cast({{ usd_per_token }} as decimal(22, 15)) * cast(1000000000000000 as decimal(16, 0))
        - floor(cast({{ usd_per_token }} as decimal(28, 15)) * 1000000000) * 1000000
        as bigint
    )
{%- endmacro %}

{% macro femto_as_nano(femto) -%}
    {#- Femto-dollars (bigint, not negative) as whole nano-dollars, half up. -#}
    {{ whole_quotient('(' ~ femto ~ ' + 500000)', 1000000) }}
{%- endmacro %}

{% macro to_minor_units(amount, exponent) -%}
    {#- Whole minor units, decimal(18, 0), of an amount in major units, half up by size. -#}
    cast(
        round(
            cast({{ amount }} as decimal(28, 9)) * case {{ exponent }}
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end,
            0
        ) as decimal(18, 0)
    )
{%- endmacro %}

{% macro share_of_minor_units(minor_units, part, whole) -%}
    {#- Whole minor units of an amount that fall on `part` of a `whole` above zero: half up by size,
        then sign, decimal(38, 0). All three are whole minor units; `part` may be negative or larger
        than the whole. The amounts of the largest currencies fit. -#}
    (
        cast(sign({{ minor_units }}) * sign({{ part }}) as decimal(1, 0)) * {{ floor_divide(
            '2 * cast(abs(' ~ minor_units ~ ') as decimal(19, 0))'
            ~ ' * cast(abs(' ~ part ~ ') as decimal(18, 0)) + ' ~ whole,
            '2 * ' ~ whole
        ) }}
    )
{%- endmacro %}
