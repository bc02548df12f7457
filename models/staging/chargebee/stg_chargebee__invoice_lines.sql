with lines as (
    {{ children_of_newest('chargebee', 'invoice_lines', 'invoices') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as invoice_id,
        _position as line_position,
        {{ account_key('chargebee', "coalesce(id, _root_id || ':' || cast(_position as "
            ~ dbt.type_string() ~ "))") }} as invoice_line_id,
        {{ account_key('chargebee', 'subscription_id') }} as subscription_id,
        -- plans and addons of the older catalogue may have the same id
        {{ account_key(
            'chargebee', "case when entity_type = 'addon' then 'addon:' else '' end || entity_id"
        ) }} as list_price_id,
        entity_type,
        description,
        pricing_model,
        proration_mode,
        coalesce(metered, false) as is_metered,
        coalesce(quantity_in_decimal, quantity) as quantity,
        unit_amount,
        unit_amount_in_decimal,
        amount,
        coalesce(tax_amount, 0) as tax_amount,
        date_from as period_start_at,
        date_to as period_end_at
    from lines
)

select * from final
