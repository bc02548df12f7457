with credit_note_lines as (
    {{ children_of_newest('stripe', 'credit_note_lines', 'credit_notes') }}
),

credit_notes as (
    select
        credit_note_version_id,
        currency
    from {{ ref('stg_stripe__credit_notes') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        -- keys
        credit_note_lines.source_account,
        credit_note_lines._version_id as credit_note_version_id,
        credit_note_lines._position as line_position,
        credit_note_lines.id as credit_note_line_id,
        credit_note_lines._root_id as credit_note_id,
        credit_note_lines.invoice_line_item as invoice_line_id,
        -- facts
        credit_note_lines.type as line_type,
        credit_note_lines.description,
        credit_note_lines.quantity,
        credit_notes.currency,
        {{ to_major_units('credit_note_lines.amount', 'currency_exponents.exponent') }}
            as amount,
        {{ to_major_units('credit_note_lines.discount_amount', 'currency_exponents.exponent') }}
            as discount_amount
    from credit_note_lines
    inner join credit_notes
        on credit_note_lines._version_id = credit_notes.credit_note_version_id
    left join currency_exponents
        on credit_notes.currency = currency_exponents.currency
)

select * from final
