{% macro to_major_units(amount, exponent, scale=9) -%}
    {#- Exact amount in major units, decimal(38, scale), of an amount in minor units (integer, or
        decimal with at most 12 decimals) and the column `exponent` of seed currency_exponents
        (0, 2 or 3). Null for another exponent: an unknown currency is never guessed. -#}
    cast(
        round(
            cast({{ amount }} as decimal(28, 12)) * case {{ exponent }}
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
        (decimal with 9 decimals); null where there is none. Dollars are passed on untouched. -#}
    case
        when lower({{ currency }}) = 'usd' then cast({{ amount }} as decimal(38, 18))
        else cast(
            round(
                cast({{ amount }} as decimal(24, 12)) * cast({{ usd_per_unit }} as decimal(13, 9)), 18
            ) as decimal(38, 18)
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
