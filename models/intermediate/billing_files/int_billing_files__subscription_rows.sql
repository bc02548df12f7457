with file_prices as (
    select * from {{ ref('stg_billing_files__subscription_prices') }}
),

customers_ranked as (
    select
        *,
        first_value(customer_id) over (
            partition by subscription_id
            order by starts_at, customer_id
            rows between unbounded preceding and unbounded following
        ) as first_customer_id
    from file_prices
),

-- A subscription has one customer: with the next one it is another.
final as (
    select
        source_account,
        subscription_id as told_subscription_id,
        case
            when customer_id <> first_customer_id then subscription_id || '/' || customer_id
            else subscription_id
        end as subscription_id,
        customer_id,
        product_id,
        price_id,
        quantity,
        currency,
        discount_percent,
        status,
        starts_at,
        ends_at
    from customers_ranked
)

select * from final
