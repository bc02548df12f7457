with all_vendors as (
    {{ union_of_vendors('balance_transactions') }}
),

final as (
    select
        billing_provider,
        source_account,
        balance_transaction_id,
        source_id,
        transaction_type,
        reporting_category,
        transaction_status,
        description,
        currency,
        amount,
        fee_amount,
        net_amount,
        exchange_rate,
        created_at,
        available_at
    from all_vendors
)

select * from final
