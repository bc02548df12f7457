{#
    Money of Chargebee. Its "cents" are hundredths of every currency that has a minor unit at all,
    of those with thousandths, too: KWD 15 is 1500. `exponent` is the column of the seed
    currency_exponents; without one, nothing is guessed.
#}

{% macro chargebee_major(amount, exponent) -%}
    {#- An amount in cents as major units. -#}
    {{ to_major_units(amount, "case when " ~ exponent ~ " > 0 then 2 else " ~ exponent ~ " end") }}
{%- endmacro %}

{% macro chargebee_minor(amount, amount_in_decimal, exponent) -%}
    {#- A price in cents, or in major units where it has more decimals, in the currency's own minor
        units, decimal(38, 12). -#}
    cast(
        coalesce(
            cast({{ amount_in_decimal }} as decimal(27, 12)) * case {{ exponent }}
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end,
            cast({{ amount }} as decimal(27, 12)) * case {{ exponent }}
                when 0 then 1
                when 2 then 1
                when 3 then 10
            end
        ) as decimal(38, 12)
    )
{%- endmacro %}

{% macro chargebee_price_key(relation) -%}
    {#- Key of a price with the terms that a subscription has it with. `relation` is the alias of
        rows with list_price_id, currency, unit_amount_minor, the interval and `terms`. -#}
    {{ price_term_key(
        relation ~ '.list_price_id',
        relation ~ '.currency',
        relation ~ '.unit_amount_minor',
        relation ~ '.billing_interval',
        relation ~ '.billing_interval_count',
        relation ~ '.terms'
    ) }}
{%- endmacro %}
