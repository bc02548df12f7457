{#
    Vendors whose price id does not fix a price: a subscription carries a price of its own, and the
    list price changes under its id. There a price is known by its id and its terms together.
#}

{% macro price_term_key(price_id, currency, unit_amount_minor, billing_interval, interval_count, terms="''") -%}
    {#- Key of a price with its terms, `paddle:pri_1@eur:3600:month1`. `terms` is SQL for what else
        makes it another price, '' for nothing. Terms that are unknown stay unknown in the key. -#}
    {{ price_id }} || '@' || coalesce(lower({{ currency }}), 'unknown')
    || ':' || coalesce({{ plain_number(unit_amount_minor) }}, 'unknown')
    || ':' || coalesce({{ billing_interval }}, 'once')
    || coalesce(cast({{ interval_count }} as {{ dbt.type_string() }}), '')
    || {{ terms }}
{%- endmacro %}

{% macro plain_number(amount) -%}
    {#- A decimal as people write it: 3600 and 0.5, not 3600.000000000000. -#}
    case
        when {{ amount }} = floor({{ amount }})
            then cast(cast({{ amount }} as bigint) as {{ dbt.type_string() }})
        else trim(trailing '0' from cast({{ amount }} as {{ dbt.type_string() }}))
    end
{%- endmacro %}
