with credit_notes as (
    {{ newest_versions('chargebee', 'credit_notes') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        credit_notes.source_account,
        {{ account_key('chargebee', 'credit_notes.id', 'credit_notes.source_account') }}
            as credit_note_id,
        {{ account_key('chargebee', 'credit_notes.reference_invoice_id',
            'credit_notes.source_account') }} as invoice_id,
        {{ account_key('chargebee', 'credit_notes.customer_id', 'credit_notes.source_account') }}
            as customer_id,
        credit_notes.status,
        credit_notes.type as credit_note_type,
        coalesce(credit_notes.create_reason_code, credit_notes.reason_code) as reason,
        coalesce(lower(credit_notes.reason_code) = 'write_off', false) as is_write_off,
        coalesce(credit_notes.price_type = 'tax_inclusive', false) as is_tax_inclusive,
        lower(credit_notes.currency_code) as currency,
        currency_exponents.exponent as currency_exponent,
        {{ chargebee_major('credit_notes.sub_total', 'currency_exponents.exponent') }} as subtotal,
        {{ chargebee_major('credit_notes.total', 'currency_exponents.exponent') }} as total,
        {{ chargebee_major('coalesce(credit_notes.amount_refunded, 0)',
            'currency_exponents.exponent') }} as amount_refunded,
        credit_notes.date as credited_at,
        credit_notes.voided_at
    from credit_notes
    left join currency_exponents
        on lower(credit_notes.currency_code) = currency_exponents.currency
    where credit_notes._deleted_at is null
)

select * from final
