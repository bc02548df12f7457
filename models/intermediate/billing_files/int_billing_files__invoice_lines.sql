with told_lines as (
    select * from {{ ref('stg_billing_files__invoice_lines') }}
),

file_prices as (
    select * from {{ ref('int_billing_files__subscription_rows') }}
),

subscriptions_of_customers as (
    select distinct
        told_subscription_id,
        customer_id,
        subscription_id
    from file_prices
),

file_lines as (
    select
        told_lines.source_account,
        told_lines.invoice_line_id,
        told_lines.invoice_id,
        coalesce(subscriptions.subscription_id, told_lines.subscription_id) as subscription_id,
        told_lines.product_id,
        told_lines.description,
        told_lines.quantity,
        told_lines.currency,
        told_lines.amount,
        told_lines.tax_amount,
        told_lines.period_start_at,
        told_lines.period_end_at
    from told_lines
    left join subscriptions_of_customers as subscriptions
        on
            told_lines.subscription_id = subscriptions.told_subscription_id
            and told_lines.customer_id = subscriptions.customer_id
),

-- The price of the period's first day, where a subscription and its product are named.
prices_ranked as (
    select
        file_lines.invoice_line_id,
        file_prices.price_id,
        row_number() over (
            partition by file_lines.invoice_line_id order by file_prices.starts_at desc
        ) as preference
    from file_lines
    inner join file_prices
        on
            file_lines.subscription_id = file_prices.subscription_id
            and file_lines.product_id = file_prices.product_id
            and file_lines.period_start_at >= file_prices.starts_at
            and file_lines.period_start_at < {{ until('file_prices.ends_at') }}
),

final as (
    select
        file_lines.source_account,
        file_lines.invoice_line_id,
        cast(
            row_number() over (
                partition by file_lines.invoice_id order by file_lines.invoice_line_id
            ) - 1 as bigint
        ) as line_position,
        file_lines.invoice_id,
        file_lines.subscription_id,
        file_lines.subscription_id || '/' || file_lines.product_id as subscription_item_id,
        prices.price_id,
        file_lines.product_id,
        case when file_lines.subscription_id is null then 'invoiceitem' else 'subscription' end
            as line_type,
        file_lines.description,
        false as is_proration,
        file_lines.subscription_id is not null as is_recurring,
        'licensed' as usage_type,
        file_lines.quantity,
        file_lines.currency,
        file_lines.amount,
        file_lines.tax_amount,
        file_lines.period_start_at,
        file_lines.period_end_at
    from file_lines
    left join prices_ranked as prices
        on
            file_lines.invoice_line_id = prices.invoice_line_id
            and prices.preference = 1
)

select * from final
