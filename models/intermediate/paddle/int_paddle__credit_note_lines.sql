with paddle_adjustment_items as (
    select * from {{ ref('stg_paddle__adjustment_items') }}
),

int_paddle__credit_notes as (
    select * from {{ ref('int_paddle__credit_notes') }}
),

final as (
    select
        items.source_account,
        items.adjustment_item_id as credit_note_line_id,
        items.adjustment_id as credit_note_id,
        items.invoice_line_id,
        'invoice_line_item' as line_type,
        items.currency,
        items.subtotal as amount,
        items.tax_amount
    from paddle_adjustment_items as items
    inner join int_paddle__credit_notes as credit_notes
        on items.adjustment_id = credit_notes.credit_note_id
)

select * from final
