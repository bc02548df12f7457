with discount_amounts as (
    {{ children_of_newest('stripe', 'credit_note_line_discount_amounts', 'credit_notes') }}
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
        discount_amounts.source_account,
        discount_amounts._version_id as credit_note_version_id,
        discount_amounts._parent_position as line_position,
        discount_amounts._position as discount_position,
        discount_amounts._root_id as credit_note_id,
        discount_amounts.discount as discount_id,
        {{ to_major_units('discount_amounts.amount', 'currency_exponents.exponent') }}
            as amount
    from discount_amounts
    inner join credit_notes
        on discount_amounts._version_id = credit_notes.credit_note_version_id
    left join currency_exponents
        on credit_notes.currency = currency_exponents.currency
)

select * from final
