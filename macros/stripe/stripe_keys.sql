{#
    Keys of Stripe objects whose ids the merchant may choose; those of Stripe's own making are unique
    everywhere. See `merchant_key`; `account` is the column that names the row's account.
#}

{% macro stripe_product_key(column, account='source_account') -%}
    {{ merchant_key('stripe', column, ['prod_'], account) }}
{%- endmacro %}

{#- A plan of an older account is a price, too: its id is found in the same columns. -#}
{% macro stripe_price_key(column, account='source_account') -%}
    {{ merchant_key('stripe', column, ['price_', 'plan_'], account) }}
{%- endmacro %}

{#- Coupons that the merchant did not name have random ids without a prefix. -#}
{% macro stripe_coupon_key(column, account='source_account') -%}
    {{ merchant_key('stripe', column, [], account) }}
{%- endmacro %}

{% macro stripe_promotion_code_key(column, account='source_account') -%}
    {{ merchant_key('stripe', column, ['promo_'], account) }}
{%- endmacro %}

{% macro stripe_tax_rate_key(column, account='source_account') -%}
    {{ merchant_key('stripe', column, ['txr_'], account) }}
{%- endmacro %}
