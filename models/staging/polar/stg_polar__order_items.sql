with items as (
    {{ children_of_newest('polar', 'order_items', 'orders') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'coalesce(id, _root_id)') }}
        || case
            when id is null then '/' || cast(_position as {{ dbt.type_string() }})
            else ''
        end as invoice_line_id,
        _position as line_position,
        {{ account_key('polar', '_root_id') }} as invoice_id,
        {{ account_key('polar', 'product_price_id') }} as list_price_id,
        label as description,
        coalesce(proration, false) as is_proration,
        coalesce(amount, 0) as amount_minor,
        coalesce(tax_amount, 0) as tax_minor,
        start_timestamp as period_start_at,
        end_timestamp as period_end_at
    from items
)

select * from final
