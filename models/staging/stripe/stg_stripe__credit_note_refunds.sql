with credit_note_refunds as (
    {{ children_of_newest('stripe', 'credit_note_refunds', 'credit_notes') }}
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
        credit_note_refunds.source_account,
        credit_note_refunds._root_id as credit_note_id,
        credit_note_refunds._position as refund_position,
        credit_note_refunds.refund as refund_id,
        {{ to_major_units('credit_note_refunds.amount_refunded', 'currency_exponents.exponent') }}
            as amount_refunded
    from credit_note_refunds
    inner join credit_notes
        on credit_note_refunds._version_id = credit_notes.credit_note_version_id
    left join currency_exponents
        on credit_notes.currency = currency_exponents.currency
)

select * from final
