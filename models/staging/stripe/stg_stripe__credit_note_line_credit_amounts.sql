with credit_amounts as (
    {{ children_of_newest('stripe', 'credit_note_line_pretax_credit_amounts', 'credit_notes') }}
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
        credit_amounts.source_account,
        credit_amounts._version_id as credit_note_version_id,
        credit_amounts._parent_position as line_position,
        credit_amounts._position as credit_position,
        credit_amounts._root_id as credit_note_id,
        credit_amounts.credit_balance_transaction as credit_transaction_id,
        {{ to_major_units('credit_amounts.amount', 'currency_exponents.exponent') }}
            as amount
    from credit_amounts
    inner join credit_notes
        on credit_amounts._version_id = credit_notes.credit_note_version_id
    left join currency_exponents
        on credit_notes.currency = currency_exponents.currency
    -- the list repeats the line's discounts, which have a table of their own
    where credit_amounts.type = 'credit_balance_transaction'
)

select * from final
