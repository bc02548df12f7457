with chargebee_subscription_items as (
    select * from {{ ref('stg_chargebee__subscription_items') }}
),

int_chargebee__items_of_phases as (
    select * from {{ ref('int_chargebee__items_of_phases') }}
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

-- Items of states that were, and of phases to come, which are of the newest state's customer.
items_told as (
    select
        source_account,
        subscription_version_id as told_with_id,
        cast(null as {{ dbt.type_string() }}) as schedule_id,
        cast(null as bigint) as phase_number,
        item_position,
        subscription_id,
        list_price_id,
        item_type,
        quantity,
        free_quantity,
        unit_price,
        unit_price_in_decimal,
        amount,
        amount_in_decimal,
        billing_interval,
        billing_interval_count,
        tiers_key,
        case when tiers_key is not null then subscription_version_id end as tiers_owner_id,
        item_position as tiers_position
    from chargebee_subscription_items
    union all
    select
        items.source_account,
        subscriptions.subscription_version_id as told_with_id,
        items.schedule_id,
        items.phase_number,
        items.item_position,
        items.subscription_id,
        items.list_price_id,
        items.item_type,
        items.quantity,
        items.free_quantity,
        items.unit_price,
        items.unit_price_in_decimal,
        -- the amount counts where a part of a unit is sold
        case
            when items.quantity <> floor(items.quantity)
                then cast(
                    cast(items.quantity as decimal(18, 6))
                    * cast(items.unit_price as decimal(20, 6)) as decimal(38, 12)
                )
        end as amount,
        case
            when items.quantity <> floor(items.quantity)
                then cast(
                    cast(items.quantity as decimal(18, 6))
                    * cast(items.unit_price_in_decimal as decimal(20, 6)) as decimal(38, 12)
                )
        end as amount_in_decimal,
        items.billing_interval,
        items.billing_interval_count,
        items.tiers_key,
        items.tiers_owner_id,
        items.tiers_position
    from int_chargebee__items_of_phases as items
    inner join chargebee_subscriptions as subscriptions
        on items.subscription_id = subscriptions.subscription_id and subscriptions.is_newest
),

-- What is charged once stands among the items of a subscription, too.
final as (
    select
        items.source_account,
        case when items.phase_number is null then items.told_with_id end
            as subscription_version_id,
        items.schedule_id,
        items.phase_number,
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
        items.tiers_owner_id,
        items.tiers_position,
        coalesce(
            items.billing_interval, item_prices.billing_interval, subscriptions.billing_interval
        ) as billing_interval,
        case
            when items.billing_interval is not null then items.billing_interval_count
            when item_prices.billing_interval is not null then item_prices.billing_interval_count
            else subscriptions.billing_interval_count
        end as billing_interval_count,
        coalesce(
            {{ chargebee_minor(
                'items.unit_price', 'items.unit_price_in_decimal', 'subscriptions.currency_exponent'
            ) }},
            case
                when item_prices.currency = subscriptions.currency
                    then item_prices.unit_amount_minor
            end
        ) as unit_price_minor,
        {{ chargebee_minor(
            'items.amount', 'items.amount_in_decimal', 'subscriptions.currency_exponent'
        ) }} as amount_minor,
        subscriptions.current_period_start_at,
        subscriptions.current_period_end_at,
        subscriptions.version_number,
        subscriptions.valid_from,
        subscriptions.valid_to,
        subscriptions.is_newest
    from items_told as items
    inner join chargebee_subscriptions as subscriptions
        on items.told_with_id = subscriptions.subscription_version_id
    left join chargebee_item_prices as item_prices
        on items.list_price_id = item_prices.list_price_id
    left join chargebee_items
        on item_prices.product_id = chargebee_items.product_id
    where coalesce(items.item_type, item_prices.item_type, 'plan') <> 'charge'
)

select * from final
