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

-- What a row comes to after its discount, as a price: phases to come are priced by it.
rows_priced as (
    select
        *,
        cast(
            cast(unit_amount_minor as decimal(24, 6))
            * cast(1 - coalesce(discount_percent, 0) * 0.01 as decimal(12, 9)) as decimal(38, 12)
        ) as net_unit_amount_minor,
        cast(
            cast(unit_amount as decimal(24, 6))
            * cast(1 - coalesce(discount_percent, 0) * 0.01 as decimal(12, 9)) as decimal(38, 9)
        ) as net_unit_amount
    from customers_ranked
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
        {{ price_term_key(
            'product_id', 'currency', 'net_unit_amount_minor', 'billing_interval',
            'billing_interval_count'
        ) }} as net_price_id,
        net_unit_amount_minor,
        net_unit_amount,
        billing_interval,
        billing_interval_count,
        quantity,
        currency,
        discount_percent,
        status,
        starts_at,
        ends_at
    from rows_priced
)

select * from final
