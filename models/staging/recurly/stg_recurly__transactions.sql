with transactions as (
    {{ newest_versions('recurly', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', 'id') }} as transaction_id,
        {{ account_key('recurly', 'account__id') }} as customer_id,
        {{ account_key('recurly', 'invoice__id') }} as invoice_id,
        {{ account_key('recurly', 'original_transaction_id') }} as original_transaction_id,
        type as transaction_type,
        status,
        origin,
        status_code,
        lower(currency) as currency,
        cast(amount as decimal(38, 9)) as amount,
        charged_back_at,
        coalesce(collected_at, created_at) as moved_at
    from transactions
)

select * from final
