with phase_items as (
    {{ children_of_newest(
        'stripe', 'subscription_schedule_phase_items', 'subscription_schedules'
    ) }}
),

final as (
    select
        source_account,
        _root_id as schedule_id,
        _parent_position + 1 as phase_number,
        _position + 1 as item_number,
        {{ stripe_price_key('coalesce(price, plan)') }} as price_id,
        quantity
    from phase_items
)

select * from final
