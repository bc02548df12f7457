with int_billing_balance_transactions as (
    select * from {{ ref('int_billing_balance_transactions') }}
),

int_exchange_rates as (
    select * from {{ ref('int_exchange_rates') }}
),

final as (
    select
        balance_transactions.balance_transaction_id,
        balance_transactions.billing_provider,
        balance_transactions.source_account,
        {{ day_of('balance_transactions.created_at') }} as fee_date,
        balance_transactions.reporting_category,
        balance_transactions.currency,
        {{ to_money('balance_transactions.fee_amount') }} as fee_amount,
        {{ to_money(convert_to_usd(
            'balance_transactions.fee_amount',
            'balance_transactions.currency',
            'int_exchange_rates.usd_per_unit'
        )) }} as fee_usd
    from int_billing_balance_transactions as balance_transactions
    left join int_exchange_rates
        on
            balance_transactions.currency = int_exchange_rates.currency
            and balance_transactions.created_at
            >= cast(int_exchange_rates.valid_from as {{ timestamp_type() }})
            and balance_transactions.created_at < {{ until('int_exchange_rates.valid_to') }}
    where balance_transactions.fee_amount <> 0
)

select * from final
