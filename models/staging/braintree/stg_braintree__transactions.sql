with transactions as (
    {{ newest_versions('braintree', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', 'id') }} as transaction_id,
        id as transaction_number,
        {{ account_key('braintree', 'customer_id') }} as customer_id,
        {{ account_key('braintree', 'subscription_id') }} as subscription_id,
        {{ account_key('braintree', 'plan_id') }} as list_price_id,
        {{ account_key('braintree', 'refunded_transaction_id') }} as refunded_transaction_id,
        type as transaction_type,
        status,
        processor_response_code,
        lower(currency_iso_code) as currency,
        cast(amount as decimal(38, 9)) as amount,
        cast(coalesce(tax_amount, 0) as decimal(38, 9)) as tax_amount,
        status in ('submitted_for_settlement', 'settling', 'settled') as is_paid,
        created_at,
        period_start_at,
        period_end_at,
        _observed_at as observed_at
    from transactions
)

select * from final
