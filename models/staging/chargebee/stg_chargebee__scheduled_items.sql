with items as (
    {{ children_of_newest('chargebee', 'scheduled_items', 'scheduled_changes') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as scheduled_change_id,
        _position as item_position,
        {{ account_key('chargebee', 'item_price_id') }} as list_price_id,
        change,
        item_type,
        coalesce(quantity_in_decimal, quantity) as quantity,
        coalesce(free_quantity_in_decimal, free_quantity) as free_quantity,
        unit_price,
        unit_price_in_decimal,
        amount,
        amount_in_decimal,
        billing_period_unit as billing_interval,
        billing_period as billing_interval_count,
        tiers_key
    from items
    where item_price_id is not null
)

select * from final
