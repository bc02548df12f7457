with items as (
    {{ children_of_newest('paddle', 'adjustment_items', 'adjustments') }}
),

adjustments as (
    {{ newest_versions('paddle', 'adjustments') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        items.source_account,
        {{ account_key(
            'paddle',
            "coalesce(items.id, items._root_id || ':' || cast(items._position as "
            ~ dbt.type_string() ~ "))",
            'items.source_account'
        ) }} as adjustment_item_id,
        {{ account_key('paddle', 'items._root_id', 'items.source_account') }} as adjustment_id,
        {{ account_key('paddle', 'items.item_id', 'items.source_account') }} as invoice_line_id,
        items.type as item_type,
        lower(adjustments.currency_code) as currency,
        {{ to_major_units('items.totals__subtotal', 'currency_exponents.exponent') }} as subtotal,
        {{ to_major_units('items.totals__tax', 'currency_exponents.exponent') }} as tax_amount,
        {{ to_major_units('items.totals__total', 'currency_exponents.exponent') }} as total
    from items
    inner join adjustments
        on
            items.source_account = adjustments.source_account
            and items._root_id = adjustments.id
    left join currency_exponents
        on lower(adjustments.currency_code) = currency_exponents.currency
)

select * from final
