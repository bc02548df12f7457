with charges as (
    {{ newest_versions('stripe', 'charges') }}
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
        charges.source_account,
        charges.id as charge_id,
        charges.customer as customer_id,
        charges.invoice as invoice_id,
        charges.payment_intent as payment_intent_id,
        charges.balance_transaction as balance_transaction_id,
        -- facts
        charges.status as charge_status,
        coalesce(charges.paid, charges.status = 'succeeded') as is_paid,
        charges.captured as is_captured,
        coalesce(charges.refunded, false) as is_refunded,
        coalesce(charges.disputed, false) as is_disputed,
        charges.failure_code,
        charges.outcome__type as outcome_type,
        charges.description,
        lower(charges.currency) as currency,
        {{ to_major_units('charges.amount', 'currency_exponents.exponent') }} as amount,
        {{ to_major_units('charges.amount_captured', 'currency_exponents.exponent') }}
            as amount_captured,
        {{ to_major_units('charges.amount_refunded', 'currency_exponents.exponent') }}
            as amount_refunded,
        charges.livemode as is_livemode,
        -- times
        charges.created as created_at,
        charges._observed_at as observed_at,
        charges._deleted_at as deleted_at,
        charges._deleted_at is not null as is_deleted
    from charges
    left join currency_exponents
        on lower(charges.currency) = currency_exponents.currency
)

select * from final
