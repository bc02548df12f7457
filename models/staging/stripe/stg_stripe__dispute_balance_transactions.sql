with dispute_balance_transactions as (
    {{ children_of_newest('stripe', 'dispute_balance_transactions', 'disputes') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

final as (
    select
        dispute_balance_transactions.source_account,
        dispute_balance_transactions._root_id as dispute_id,
        dispute_balance_transactions.id as balance_transaction_id,
        dispute_balance_transactions.type as transaction_type,
        dispute_balance_transactions.reporting_category,
        lower(dispute_balance_transactions.currency) as currency,
        {{ to_major_units('dispute_balance_transactions.amount', 'currency_exponents.exponent') }}
            as amount,
        {{ to_major_units('dispute_balance_transactions.fee', 'currency_exponents.exponent') }}
            as fee_amount,
        {{ to_major_units('dispute_balance_transactions.net', 'currency_exponents.exponent') }}
            as net_amount,
        dispute_balance_transactions.created as created_at
    from dispute_balance_transactions
    left join currency_exponents
        on lower(dispute_balance_transactions.currency) = currency_exponents.currency
)

select * from final
