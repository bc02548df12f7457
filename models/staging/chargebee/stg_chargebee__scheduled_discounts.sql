with discounts as (
    {{ children_of_newest('chargebee', 'scheduled_discounts', 'scheduled_changes') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as scheduled_change_id,
        _position as discount_position,
        change,
        {{ account_key('chargebee', 'coupon_id') }} as coupon_id,
        case when coupon_id is null then {{ account_key('chargebee', 'id') }} end as discount_id,
        {{ account_key('chargebee', 'item_price_id') }} as list_price_id,
        case duration_type
            when 'one_time' then 'once'
            when 'limited_period' then 'repeating'
            else 'forever'
        end as duration,
        case when type = 'percentage' then percentage end as percent_off,
        case when type = 'fixed_amount' then amount end as amount_off_cents,
        apply_till as ends_at
    from discounts
    where coalesce(coupon_id, id) is not null
)

select * from final
