{{ config(materialized='table') }}

with line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
    where
        amount > 0
        and subscription_id is not null
        and not is_proration
        and invoice_status in ('paid', 'open', 'uncollectible')
),

-- Each discount is taken from what those before it left.
discounts_with_base as (
    select
        line_discounts.billing_provider,
        line_discounts.source_account,
        line_discounts.discount_id,
        line_discounts.discount_amount,
        invoice_lines.customer_id,
        invoice_lines.subscription_id,
        invoice_lines.subscription_item_id,
        invoice_lines.period_start_at,
        invoice_lines.amount - coalesce(
            sum(line_discounts.discount_amount) over (
                partition by line_discounts.invoice_line_id
                order by line_discounts.discount_position
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as amount_before
    from line_discounts
    inner join invoice_lines
        on line_discounts.invoice_line_id = invoice_lines.invoice_line_id
    where line_discounts.discount_id is not null
),

newest_first as (
    select
        *,
        row_number() over (
            partition by discount_id order by period_start_at desc, discount_amount desc
        ) as recency,
        min(subscription_item_id) over (partition by discount_id) as lowest_item_id,
        max(subscription_item_id) over (partition by discount_id) as highest_item_id,
        min(period_start_at) over (partition by discount_id) as first_period_start_at
    from discounts_with_base
    where
        amount_before > 0
        and discount_amount > 0
),

final as (
    select
        billing_provider,
        source_account,
        discount_id,
        customer_id,
        subscription_id,
        case when lowest_item_id = highest_item_id then lowest_item_id end
            as subscription_item_id,
        cast({{ exact_divide('100 * discount_amount', 'amount_before') }} as decimal(38, 12))
            as percent_off,
        first_period_start_at < period_start_at as is_on_several_periods
    from newest_first
    where recency = 1
)

select * from final
