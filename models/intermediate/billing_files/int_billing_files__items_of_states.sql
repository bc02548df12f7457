with int_billing_files__subscription_states as (
    select * from {{ ref('int_billing_files__subscription_states') }}
),

file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
),

-- Of two rows of one product and day the younger one holds.
rows_ranked as (
    select
        states.source_account,
        states.subscription_version_id,
        states.subscription_id,
        states.customer_id,
        file_prices.product_id,
        file_prices.price_id,
        file_prices.quantity,
        file_prices.discount_percent,
        file_prices.status,
        states.started_at,
        states.valid_from,
        states.valid_to,
        states.is_newest,
        row_number() over (
            partition by states.subscription_version_id, file_prices.product_id
            order by file_prices.starts_at desc
        ) as preference
    from int_billing_files__subscription_states as states
    inner join file_prices
        on
            states.subscription_id = file_prices.subscription_id
            and states.valid_from >= file_prices.starts_at
            and states.valid_from < {{ until('file_prices.ends_at') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        row_number() over (partition by subscription_version_id order by product_id) - 1
            as item_position,
        subscription_id || '/' || product_id as subscription_item_id,
        subscription_id,
        customer_id,
        product_id,
        price_id,
        quantity,
        discount_percent,
        status,
        started_at,
        valid_from,
        valid_to,
        is_newest
    from rows_ranked
    where preference = 1
)

select * from final
