{% macro paddle_price_key(relation) -%}
    {#- Key of a price as a subscription or transaction holds it, with its terms and where the tax
        is. `relation` is the alias of rows with list_price_id, currency, unit_amount_minor,
        billing_interval, billing_interval_count and tax_mode. -#}
    {{ price_term_key(
        relation ~ '.list_price_id',
        relation ~ '.currency',
        relation ~ '.unit_amount_minor',
        relation ~ '.billing_interval',
        relation ~ '.billing_interval_count',
        "case " ~ relation ~ ".tax_mode when 'external' then '' when 'internal' then ':tax_inside'"
        ~ " else ':tax_by_account' end"
    ) }}
{%- endmacro %}

{% macro paddle_billed_price_key(relation) -%}
    {#- Key of a price that only bills tell: without tax, in the currency and amount of the bill. -#}
    {{ price_term_key(
        relation ~ '.list_price_id',
        relation ~ '.billed_currency',
        relation ~ '.billed_unit_minor',
        relation ~ '.billing_interval',
        relation ~ '.billing_interval_count',
        "':billed'"
    ) }}
{%- endmacro %}
