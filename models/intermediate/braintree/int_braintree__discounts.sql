with discounts_billed as (
    select * from {{ ref('int_braintree__discounts_billed') }}
),

-- A discount lasts from the first period that was billed with it to the end of the last one before
-- a bill without it, or with another amount of it.
final as (
    select
        source_account,
        discount_id,
        min(customer_id) as customer_id,
        subscription_id,
        'repeating' as duration,
        max(discount_amount) as amount_off,
        min(currency) as currency,
        false as is_limited_to_products,
        min(started_at) as started_at,
        max(ends_at) as ends_at
    from discounts_billed
    group by
        source_account,
        discount_id,
        subscription_id
)

select * from final
