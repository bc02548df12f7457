with discounts as (
    {{ children_of_newest('chargebee', 'invoice_line_discounts', 'invoices') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as invoice_id,
        {{ account_key('chargebee', 'line_item_id') }} as invoice_line_id,
        _position as discount_position,
        discount_type,
        {{ account_key('chargebee', 'coupon_id') }} as coupon_id,
        {{ account_key('chargebee', 'entity_id') }} as entity_id,
        discount_amount
    from discounts
)

select * from final
