with refunds as (
    {{ newest_versions('stripe', 'refunds') }}
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
        refunds.source_account,
        refunds.id as refund_id,
        refunds.charge as charge_id,
        refunds.payment_intent as payment_intent_id,
        refunds.balance_transaction as balance_transaction_id,
        -- facts
        refunds.status as refund_status,
        refunds.reason,
        lower(refunds.currency) as currency,
        {{ to_major_units('refunds.amount', 'currency_exponents.exponent') }} as amount,
        refunds.metadata,
        -- times
        refunds.created as created_at,
        refunds._observed_at as observed_at,
        refunds._deleted_at as deleted_at,
        refunds._deleted_at is not null as is_deleted
    from refunds
    left join currency_exponents
        on lower(refunds.currency) = currency_exponents.currency
)

select * from final
