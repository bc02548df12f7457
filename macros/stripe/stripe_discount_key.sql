{#- Id of a discount. Before 2020 Stripe gave discounts none: then its owner, coupon and start.

    The owner is what the discount itself names (item, else subscription, else customer), so that
    the same discount seen on a subscription and on its invoice has one key.

    Arguments: relation (alias of raw discount rows with `_coupon_id`), fallback_owner (SQL of the
    id of the object it was seen on). -#}
{% macro stripe_discount_key(relation, fallback_owner) -%}
    coalesce(
        {{ relation }}.id,
        coalesce(
            {{ relation }}.subscription_item,
            {{ relation }}.subscription,
            {{ relation }}.customer,
            {{ fallback_owner }}
        )
        || ':' || {{ relation }}._coupon_id
        || ':' || coalesce(cast({{ relation }}.start as {{ dbt.type_string() }}), '')
    )
{%- endmacro %}
