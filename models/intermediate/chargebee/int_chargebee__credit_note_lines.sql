with chargebee_lines as (
    select * from {{ ref('stg_chargebee__credit_note_lines') }}
),

chargebee_credit_notes as (
    select * from {{ ref('stg_chargebee__credit_notes') }}
),

int_chargebee__credit_notes as (
    select * from {{ ref('int_chargebee__credit_notes') }}
),

final as (
    select
        lines.source_account,
        lines.credit_note_line_id,
        lines.credit_note_id,
        lines.invoice_line_id,
        'invoice_line_item' as line_type,
        lines.description,
        notes.currency,
        {{ chargebee_major('lines.amount', 'notes.currency_exponent') }} as amount,
        {{ chargebee_major('lines.discount_amount', 'notes.currency_exponent') }}
            as discount_amount,
        {{ chargebee_major('lines.tax_amount', 'notes.currency_exponent') }} as tax_amount,
        {{ chargebee_major(
            'case when notes.is_tax_inclusive then lines.tax_amount else 0 end',
            'notes.currency_exponent'
        ) }} as inclusive_tax_amount
    from chargebee_lines as lines
    inner join chargebee_credit_notes as notes
        on lines.credit_note_id = notes.credit_note_id
    inner join int_chargebee__credit_notes as kept
        on lines.credit_note_id = kept.credit_note_id
)

select * from final
