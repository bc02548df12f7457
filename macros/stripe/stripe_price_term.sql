{#- A term of the price that is embedded in a subscription item or an invoice line.

    Stripe embeds a price, a plan (older accounts), or both. The price wins as a whole, never field
    by field: a term that the price does not have must not be taken from the plan. Only an embedded
    object states its currency; a bare id does not.

    Arguments: relation (alias of the rows), price_field and plan_field (the term's column name
    without the prefixes `price__` and `plan__`). -#}
{% macro stripe_price_term(relation, price_field, plan_field) -%}
    case
        when {{ relation }}.price__currency is not null then {{ relation }}.price__{{ price_field }}
        else {{ relation }}.plan__{{ plan_field }}
    end
{%- endmacro %}

{#- Price per unit in minor units, decimal(38, 12), of the embedded price or plan.

    `unit_amount` is null where the price has a fraction of a minor unit, `unit_amount_decimal` is
    missing in old API versions. Argument: relation (alias of the rows). -#}
{% macro stripe_unit_amount_minor(relation) -%}
    case
        when {{ relation }}.price__currency is not null
            then coalesce(
                {{ relation }}.price__unit_amount_decimal,
                cast({{ relation }}.price__unit_amount as decimal(38, 12))
            )
        else coalesce(
            {{ relation }}.plan__amount_decimal,
            cast({{ relation }}.plan__amount as decimal(38, 12))
        )
    end
{%- endmacro %}
