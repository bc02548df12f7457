{{ config(materialized='table') }}

with recurly_subscriptions as (
    select * from {{ ref('stg_recurly__subscription_history') }}
),

recurly_add_ons as (
    select * from {{ ref('stg_recurly__subscription_add_ons') }}
),

recurly_plans as (
    select * from {{ ref('stg_recurly__plans') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- The plan is one item, whichever plan it is; each add-on is another.
items_of_both_kinds as (
    select
        subscription_version_id,
        0 as item_position,
        subscription_id || '/plan' as subscription_item_id,
        list_price_id,
        plan_code as item_code,
        cast(null as {{ dbt.type_string() }}) as product_name,
        quantity,
        unit_amount,
        false as is_metered
    from recurly_subscriptions
    union all
    select
        subscription_version_id,
        1 + add_on_position as item_position,
        subscription_id || '/' || list_price_id as subscription_item_id,
        list_price_id,
        add_on_code as item_code,
        product_name,
        quantity,
        -- what is sold in tiers has no price of a unit
        case when is_flat then unit_amount end as unit_amount,
        is_metered
    from recurly_add_ons
),

priced as (
    select
        subscriptions.source_account,
        items.subscription_version_id,
        items.item_position,
        items.subscription_item_id,
        subscriptions.subscription_id,
        items.list_price_id,
        items.item_code,
        items.product_name,
        items.quantity,
        items.is_metered,
        subscriptions.currency,
        subscriptions.is_tax_inclusive,
        recurly_plans.billing_interval,
        recurly_plans.billing_interval_count,
        cast(items.unit_amount as decimal(38, 9)) as unit_amount,
        cast(
            cast(items.unit_amount as decimal(27, 9)) * case currency_exponents.exponent
                when 0 then 1
                when 2 then 100
                when 3 then 1000
            end as decimal(38, 12)
        ) as unit_amount_minor,
        subscriptions.started_at,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from items_of_both_kinds as items
    inner join recurly_subscriptions as subscriptions
        on items.subscription_version_id = subscriptions.subscription_version_id
    left join recurly_plans
        on subscriptions.list_price_id = recurly_plans.list_price_id
    left join currency_exponents
        on subscriptions.currency = currency_exponents.currency
),

final as (
    select
        source_account,
        subscription_version_id,
        item_position,
        subscription_item_id,
        subscription_id,
        list_price_id,
        {{ price_term_key(
            'list_price_id', 'currency', 'unit_amount_minor', 'billing_interval',
            'billing_interval_count', "case when is_tax_inclusive then ':tax_inside' else '' end"
        ) }} as price_id,
        item_code,
        product_name,
        case when not is_metered then quantity end as quantity,
        is_metered,
        currency,
        is_tax_inclusive,
        unit_amount,
        unit_amount_minor,
        billing_interval,
        billing_interval_count,
        started_at,
        current_period_start_at,
        current_period_end_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from priced
)

select * from final
