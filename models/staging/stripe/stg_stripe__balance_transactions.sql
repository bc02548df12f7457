with balance_transactions as (
    {{ newest_versions('stripe', 'balance_transactions') }}
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
        balance_transactions.source_account,
        balance_transactions.id as balance_transaction_id,
        balance_transactions.source as source_id,
        -- facts
        balance_transactions.type as transaction_type,
        balance_transactions.reporting_category,
        balance_transactions.status as transaction_status,
        balance_transactions.description,
        lower(balance_transactions.currency) as currency,
        {{ to_major_units('balance_transactions.amount', 'currency_exponents.exponent') }}
            as amount,
        {{ to_major_units('balance_transactions.fee', 'currency_exponents.exponent') }}
            as fee_amount,
        {{ to_major_units('balance_transactions.net', 'currency_exponents.exponent') }}
            as net_amount,
        balance_transactions.exchange_rate,
        -- times
        balance_transactions.created as created_at,
        balance_transactions.available_on as available_at,
        balance_transactions._observed_at as observed_at,
        balance_transactions._deleted_at as deleted_at,
        balance_transactions._deleted_at is not null as is_deleted
    from balance_transactions
    left join currency_exponents
        on lower(balance_transactions.currency) = currency_exponents.currency
)

select * from final
