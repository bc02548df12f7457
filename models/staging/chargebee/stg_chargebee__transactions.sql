with transactions as (
    {{ newest_versions('chargebee', 'transactions') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

final as (
    select
        transactions.source_account,
        {{ account_key('chargebee', 'transactions.id', 'transactions.source_account') }}
            as transaction_id,
        {{ account_key('chargebee', 'transactions.customer_id', 'transactions.source_account') }}
            as customer_id,
        {{ account_key(
            'chargebee', 'transactions.refunded_txn_id', 'transactions.source_account'
        ) }} as refunded_transaction_id,
        {{ account_key('chargebee', 'transactions.reference_transaction_id',
            'transactions.source_account') }} as reference_transaction_id,
        transactions.type as transaction_type,
        transactions.status,
        transactions.payment_method,
        transactions.error_code,
        lower(transactions.currency_code) as currency,
        {{ chargebee_major('transactions.amount', 'currency_exponents.exponent') }} as amount,
        transactions.date as moved_at
    from transactions
    left join currency_exponents
        on lower(transactions.currency_code) = currency_exponents.currency
    where transactions._deleted_at is null
)

select * from final
