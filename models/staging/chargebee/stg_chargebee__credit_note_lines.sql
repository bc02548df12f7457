with lines as (
    {{ children_of_newest('chargebee', 'credit_note_lines', 'credit_notes') }}
),

discounts as (
    {{ children_of_newest('chargebee', 'credit_note_line_discounts', 'credit_notes') }}
),

discounts_summed as (
    select
        source_account,
        _root_id,
        line_item_id,
        sum(discount_amount) as discount_amount
    from discounts
    group by
        source_account,
        _root_id,
        line_item_id
),

final as (
    select
        lines.source_account,
        {{ account_key('chargebee', 'lines._root_id', 'lines.source_account') }} as credit_note_id,
        {{ account_key(
            'chargebee',
            "coalesce(lines.id, lines._root_id || ':' || cast(lines._position as "
            ~ dbt.type_string() ~ "))",
            'lines.source_account'
        ) }} as credit_note_line_id,
        {{ account_key('chargebee', 'lines.reference_line_item_id', 'lines.source_account') }}
            as invoice_line_id,
        lines.description,
        lines.amount,
        coalesce(discounts_summed.discount_amount, lines.discount_amount, 0) as discount_amount,
        coalesce(lines.tax_amount, 0) as tax_amount
    from lines
    left join discounts_summed
        on
            lines.source_account = discounts_summed.source_account
            and lines._root_id = discounts_summed._root_id
            and lines.id = discounts_summed.line_item_id
)

select * from final
