with int_braintree__bill_lines as (
    select * from {{ ref('int_braintree__bill_lines') }}
),

final as (
    select
        source_account,
        line_id as invoice_line_id,
        cast(line_position as bigint) as line_position,
        transaction_id as invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        list_price_id as product_id,
        'subscription' as line_type,
        is_proration,
        true as is_recurring,
        'licensed' as usage_type,
        billing_interval,
        billing_interval_count,
        quantity,
        currency,
        amount,
        period_start_at,
        period_end_at
    from int_braintree__bill_lines
)

select * from final
