with lines as (
    {{ children_of_newest('paddle', 'transaction_lines', 'transactions') }}
),

-- A preview of a line has no id yet, and a copied bill may bear the ids of another's lines.
lines_named as (
    select
        *,
        case
            when
                id is not null
                and row_number() over (
                    partition by source_account, id
                    order by _root_id, _position
                ) = 1
                then id
            else _root_id || ':' || cast(_position as {{ dbt.type_string() }})
        end as line_id
    from lines
),

final as (
    select
        source_account,
        {{ account_key('paddle', 'line_id') }} as invoice_line_id,
        _position as line_position,
        {{ account_key('paddle', '_root_id') }} as invoice_id,
        {{ account_key('paddle', 'price_id') }} as list_price_id,
        {{ account_key('paddle', 'product__id') }} as product_id,
        product__name as description,
        quantity,
        tax_rate,
        proration__rate as proration_rate,
        proration__rate is not null or proration__billing_period__starts_at is not null
            as is_proration,
        unit_totals__subtotal as unit_subtotal_minor,
        totals__subtotal as subtotal_minor,
        totals__discount as discount_minor,
        totals__tax as tax_minor,
        totals__total as total_minor,
        proration__billing_period__starts_at as period_start_at,
        proration__billing_period__ends_at as period_end_at
    from lines_named
)

select * from final
