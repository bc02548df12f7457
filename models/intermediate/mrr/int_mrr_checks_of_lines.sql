with int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

int_mrr_segments as (
    select * from {{ ref('int_mrr_segments') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_mrr_price_values as (
    select * from {{ ref('int_mrr_price_values') }}
),

-- A renewal asks for the list amount of what events say was in force.
renewals_valued as (
    select
        proven_lines.invoice_id,
        proven_lines.subscription_item_id,
        int_mrr_subscriptions.customer_id,
        int_mrr_subscriptions.currency,
        proven_lines.period_start_at,
        price_values.amount as expected,
        proven_lines.amount as actual,
        abs(price_values.amount - proven_lines.amount) <= 0.01 as is_tied
    from int_mrr_proven_lines as proven_lines
    inner join int_mrr_segments as segments
        on
            proven_lines.subscription_id = segments.subscription_id
            and proven_lines.subscription_item_id = segments.subscription_item_id
            and proven_lines.period_start_at >= segments.valid_from
            and (segments.valid_to is null or proven_lines.period_start_at < segments.valid_to)
    inner join int_mrr_subscriptions
        on proven_lines.subscription_id = int_mrr_subscriptions.subscription_id
    inner join int_mrr_price_values as price_values
        on
            segments.price_id = price_values.price_id
            and segments.quantity = price_values.quantity
            and coalesce(int_mrr_subscriptions.currency, '')
            = coalesce(price_values.subscription_currency, '')
    where
        not proven_lines.is_proration
        -- a discount or a credit in a line of its own
        and not proven_lines.is_credit
        and segments.evidence = 'event'
        and segments.earning_state = 'earning'
),

final as (
    select
        invoice_id,
        subscription_item_id,
        customer_id,
        currency,
        period_start_at,
        max(expected) as expected,
        max(actual) as actual,
        min(case when is_tied then 1 else 0 end) = 1 as is_tied
    from renewals_valued
    group by
        invoice_id,
        subscription_item_id,
        customer_id,
        currency,
        period_start_at
)

select * from final
