with int_chargebee__item_changes as (
    select * from {{ ref('int_chargebee__item_changes') }}
),

numbered as (
    select
        *,
        count(quantity) over (
            partition by subscription_id, list_price_id, renewals_before, life_number
            order by phase_number, item_position
            rows between unbounded preceding and current row
        ) as quantity_number,
        count(free_quantity) over (
            partition by subscription_id, list_price_id, renewals_before, life_number
            order by phase_number, item_position
            rows between unbounded preceding and current row
        ) as free_number,
        count(coalesce(unit_price, unit_price_in_decimal)) over (
            partition by subscription_id, list_price_id, renewals_before, life_number
            order by phase_number, item_position
            rows between unbounded preceding and current row
        ) as price_number,
        count(tiers_key) over (
            partition by subscription_id, list_price_id, renewals_before, life_number
            order by phase_number, item_position
            rows between unbounded preceding and current row
        ) as tiers_number,
        max(item_type) over (partition by subscription_id, list_price_id) as known_type,
        max(billing_interval) over (partition by subscription_id, list_price_id)
            as known_interval,
        max(billing_interval_count) over (partition by subscription_id, list_price_id)
            as known_interval_count
    from int_chargebee__item_changes
),

-- What a change does not name stays as it was.
final as (
    select
        subscription_id,
        phase_number,
        renewals_before,
        is_present,
        item_position,
        list_price_id,
        known_type as item_type,
        max(quantity) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, quantity_number
        ) as quantity,
        max(free_quantity) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, free_number
        ) as free_quantity,
        max(unit_price) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, price_number
        ) as unit_price,
        max(unit_price_in_decimal) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, price_number
        ) as unit_price_in_decimal,
        max(tiers_key) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, tiers_number
        ) as tiers_key,
        max(case when tiers_key is not null then tiers_owner_id end) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, tiers_number
        ) as tiers_owner_id,
        max(case when tiers_key is not null then item_position end) over (
            partition by
                subscription_id, list_price_id, renewals_before, life_number, tiers_number
        ) as tiers_position,
        known_interval as billing_interval,
        known_interval_count as billing_interval_count
    from numbered
)

select * from final
