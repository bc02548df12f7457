with orders as (
    {{ newest_versions('lemon_squeezy', 'orders') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as order_id,
        order_number,
        {{ account_key('lemon_squeezy', 'customer_id') }} as customer_id,
        {{ account_key('lemon_squeezy', 'first_order_item__product_id') }} as product_id,
        first_order_item__product_name as product_name,
        coalesce(first_order_item__quantity, 1) as quantity,
        lower(currency) as currency,
        status,
        coalesce(subtotal, 0) as subtotal_minor,
        coalesce(discount_total, 0) as discount_minor,
        coalesce(tax, 0) as tax_minor,
        coalesce(tax_inclusive, false) as is_tax_inclusive,
        total as total_minor,
        case
            when refunded_amount > 0 then refunded_amount
            when refunded then total
            else 0
        end as refunded_minor,
        refunded_at,
        created_at,
        updated_at,
        _observed_at as observed_at
    from orders
)

select * from final
