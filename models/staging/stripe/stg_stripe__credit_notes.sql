with credit_notes as (
    {{ newest_versions('stripe', 'credit_notes') }}
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
        credit_notes.source_account,
        credit_notes._version_id as credit_note_version_id,
        credit_notes.id as credit_note_id,
        credit_notes.invoice as invoice_id,
        credit_notes.customer as customer_id,
        credit_notes.refund as refund_id,
        credit_notes.customer_balance_transaction as customer_balance_transaction_id,
        -- facts
        credit_notes.status as credit_note_status,
        credit_notes.type as credit_note_type,
        credit_notes.reason,
        lower(credit_notes.currency) as currency,
        {{ to_major_units('credit_notes.amount', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('credit_notes.subtotal', 'currency_exponents.exponent') }} as subtotal,
        {{ to_major_units('credit_notes.total', 'currency_exponents.exponent') }} as total,
        {{ to_major_units('credit_notes.total_excluding_tax', 'currency_exponents.exponent') }}
            as total_excluding_tax,
        {{ to_major_units('credit_notes.discount_amount', 'currency_exponents.exponent') }}
            as discount_amount,
        {{ to_major_units('credit_notes.pre_payment_amount', 'currency_exponents.exponent') }}
            as pre_payment_amount,
        {{ to_major_units('credit_notes.post_payment_amount', 'currency_exponents.exponent') }}
            as post_payment_amount,
        {{ to_major_units('credit_notes.out_of_band_amount', 'currency_exponents.exponent') }}
            as out_of_band_amount,
        credit_notes.livemode as is_livemode,
        -- times
        credit_notes.created as created_at,
        credit_notes.effective_at,
        credit_notes.voided_at,
        credit_notes._observed_at as observed_at,
        credit_notes._deleted_at as deleted_at,
        credit_notes._deleted_at is not null as is_deleted
    from credit_notes
    left join currency_exponents
        on lower(credit_notes.currency) = currency_exponents.currency
)

select * from final
