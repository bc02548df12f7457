with int_billing_credit_notes as (
    select * from {{ ref('int_billing_credit_notes') }}
),

notes_with_lines as (
    select distinct credit_note_id
    from {{ ref('int_billing_credit_note_lines') }}
),

-- A note may be made of an amount alone. One of tax alone takes back no revenue.
final as (
    select
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.currency,
        credit_notes.amount,
        credit_notes.credited_at
    from int_billing_credit_notes as credit_notes
    left join notes_with_lines
        on credit_notes.credit_note_id = notes_with_lines.credit_note_id
    where
        notes_with_lines.credit_note_id is null
        and not credit_notes.is_void
        and credit_notes.invoice_id is not null
        and credit_notes.amount > 0
        and (credit_notes.total_excluding_tax is null or credit_notes.total_excluding_tax <> 0)
)

select * from final
