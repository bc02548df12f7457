with int_chargebee__phases_planned as (
    select * from {{ ref('int_chargebee__phases_planned') }}
),

chargebee_scheduled_items as (
    select * from {{ ref('stg_chargebee__scheduled_items') }}
),

chargebee_subscriptions as (
    select * from {{ ref('stg_chargebee__subscription_history') }}
    where is_newest
),

chargebee_subscription_items as (
    select * from {{ ref('stg_chargebee__subscription_items') }}
),

-- What there is now, then what each phase changes of it.
all_changes as (
    select
        chargebee_subscriptions.subscription_id,
        cast(0 as bigint) as phase_number,
        0 as renewals_before,
        true as is_present,
        items.subscription_version_id as tiers_owner_id,
        items.item_position,
        items.list_price_id,
        items.item_type,
        items.quantity,
        items.free_quantity,
        items.unit_price,
        items.unit_price_in_decimal,
        items.billing_interval,
        items.billing_interval_count,
        items.tiers_key
    from chargebee_subscription_items as items
    inner join chargebee_subscriptions
        on items.subscription_version_id = chargebee_subscriptions.subscription_version_id
    union all
    select
        phases.subscription_id,
        phases.phase_number,
        phases.renewals_before,
        items.change <> 'removed' as is_present,
        items.scheduled_change_id as tiers_owner_id,
        items.item_position,
        items.list_price_id,
        items.item_type,
        items.quantity,
        items.free_quantity,
        items.unit_price,
        items.unit_price_in_decimal,
        items.billing_interval,
        items.billing_interval_count,
        items.tiers_key
    from chargebee_scheduled_items as items
    inner join int_chargebee__phases_planned as phases
        on items.scheduled_change_id = phases.scheduled_change_id
),

-- An item that comes back takes over nothing from before it went.
final as (
    select
        *,
        sum(case when is_present then 0 else 1 end) over (
            partition by subscription_id, list_price_id, renewals_before
            order by phase_number, item_position
            rows between unbounded preceding and current row
        ) as life_number
    from all_changes
)

select * from final
