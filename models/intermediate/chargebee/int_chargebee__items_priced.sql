{{ config(materialized='table') }}

with chargebee_subscription_items as (
    select * from {{ ref('stg_chargebee__subscription_items') }}
),

chargebee_subscriptions as (
    select * from {{ ref('stg_chargebee__subscription_history') }}
),

chargebee_item_prices as (
    select * from {{ ref('stg_chargebee__item_prices') }}
),

chargebee_items as (
    select * from {{ ref('stg_chargebee__items') }}
),

-- What is charged once stands among the items of a subscription, too.
items_listed as (
    select
        items.source_account,
        items.subscription_version_id,
        items.item_position,
        items.subscription_id,
        items.list_price_id,
        coalesce(items.item_type, item_prices.item_type, 'plan') as item_type,
        item_prices.product_id,
        coalesce(chargebee_items.is_metered, false) as is_metered,
        subscriptions.currency,
        coalesce(
            item_prices.pricing_model,
            case when items.quantity is null then 'flat_fee' else 'per_unit' end
        ) as pricing_model,
        items.quantity,
        coalesce(items.free_quantity, item_prices.free_quantity, 0) as free_quantity,
        coalesce(items.tiers_key, item_prices.tiers_key) as tiers_key,
        items.tiers_key is not null as has_own_tiers,
        coalesce(
            items.billing_interval, item_prices.billing_interval, subscriptions.billing_interval
        ) as billing_interval,
        case
            when items.billing_interval is not null then items.billing_interval_count
            when item_prices.billing_interval is not null then item_prices.billing_interval_count
            else subscriptions.billing_interval_count
        end as billing_interval_count,
        {{ chargebee_minor(
            'items.unit_price', 'items.unit_price_in_decimal', 'subscriptions.currency_exponent'
        ) }} as unit_price_minor,
        {{ chargebee_minor(
            'items.amount', 'items.amount_in_decimal', 'subscriptions.currency_exponent'
        ) }} as amount_minor,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from chargebee_subscription_items as items
    inner join chargebee_subscriptions as subscriptions
        on items.subscription_version_id = subscriptions.subscription_version_id
    left join chargebee_item_prices as item_prices
        on items.list_price_id = item_prices.list_price_id
    left join chargebee_items
        on item_prices.product_id = chargebee_items.product_id
    where coalesce(items.item_type, 'plan') <> 'charge'
),

items_judged as (
    select
        *,
        case
            when pricing_model in ('tiered', 'volume', 'stairstep') then pricing_model
            when pricing_model = 'flat_fee' then 'flat'
            -- no ledger counts parts of a unit: their amount is the price of one
            when quantity <> floor(quantity) then 'part'
            when free_quantity > 0 then 'free'
            else 'unit'
        end as pricing
    from items_listed
),

priced as (
    select
        *,
        case
            when pricing in ('tiered', 'volume', 'stairstep') then null
            when pricing = 'part' then amount_minor
            else unit_price_minor
        end as unit_amount_minor,
        case
            when pricing in ('tiered', 'volume', 'stairstep')
                then ':' || pricing || ':' || coalesce(tiers_key, 'unknown')
            when pricing = 'free' then ':free' || {{ plain_number('free_quantity') }}
            when pricing = 'part' then ':units' || {{ plain_number('quantity') }}
            else ''
        end as terms
    from items_judged
),

final as (
    select
        source_account,
        subscription_version_id,
        item_position,
        subscription_id,
        -- a subscription has one plan: another one takes its place
        subscription_id || '/'
        || case when item_type = 'plan' then 'plan' else list_price_id end as subscription_item_id,
        list_price_id,
        {{ chargebee_price_key('priced') }} as price_id,
        product_id,
        currency,
        pricing,
        unit_amount_minor,
        free_quantity,
        tiers_key,
        has_own_tiers,
        terms,
        billing_interval,
        billing_interval_count,
        is_metered,
        case
            when is_metered then null
            when pricing in ('flat', 'part') then cast(1 as bigint)
            else cast(quantity as bigint)
        end as quantity,
        current_period_start_at,
        current_period_end_at,
        version_number,
        valid_from,
        valid_to,
        is_newest
    from priced
)

select * from final
