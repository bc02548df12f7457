with int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
),

int_recurly__credit_notes as (
    select * from {{ ref('int_recurly__credit_notes') }}
),

final as (
    select
        lines.source_account,
        lines.line_id as credit_note_line_id,
        lines.invoice_id as credit_note_id,
        lines.previous_line_id as invoice_line_id,
        'invoice_line_item' as line_type,
        lines.description,
        lines.currency,
        -lines.subtotal as amount,
        -lines.discount_amount as discount_amount,
        -lines.tax_amount as tax_amount,
        case when lines.is_tax_inclusive then -lines.tax_amount else cast(0 as decimal(38, 9)) end
            as inclusive_tax_amount
    from int_recurly__lines_priced as lines
    inner join int_recurly__credit_notes as credit_notes
        on lines.invoice_id = credit_notes.credit_note_id
)

select * from final
