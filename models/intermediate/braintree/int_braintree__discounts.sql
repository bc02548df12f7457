with braintree_discounts as (
    select * from {{ ref('stg_braintree__transaction_discounts') }}
),

bills as (
    select * from {{ ref('int_braintree__bills') }}
    where not is_proration
),

billed as (
    select
        bills.source_account,
        bills.subscription_id,
        bills.subscription_id || '/' || braintree_discounts.coupon_id as discount_id,
        bills.customer_id,
        bills.currency,
        braintree_discounts.discount_amount,
        bills.period_start_at,
        bills.period_end_at,
        row_number() over (
            partition by bills.subscription_id, braintree_discounts.coupon_id
            order by bills.created_at desc
        ) as recency
    from braintree_discounts
    inner join bills
        on braintree_discounts.transaction_id = bills.transaction_id
),

-- A discount lasts from the first period that was billed with it to the end of the last one.
final as (
    select
        source_account,
        discount_id,
        min(customer_id) as customer_id,
        subscription_id,
        'forever' as duration,
        max(case when recency = 1 then discount_amount end) as amount_off,
        min(currency) as currency,
        false as is_limited_to_products,
        min(period_start_at) as started_at,
        max(period_end_at) as ends_at
    from billed
    group by
        source_account,
        discount_id,
        subscription_id
)

select * from final
