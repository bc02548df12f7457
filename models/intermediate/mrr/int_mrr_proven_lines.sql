{{ config(materialized='table') }}

with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

int_mrr_items_of_lines as (
    select * from {{ ref('int_mrr_items_of_lines') }}
),

only_items as (
    select
        subscription_id,
        min(subscription_item_id) as subscription_item_id
    from int_billing_subscription_item_versions
    group by subscription_id
    having count(distinct subscription_item_id) = 1
),

-- Void, draft and never really collected invoices prove nothing.
lines_of_real_invoices as (
    select
        *,
        coalesce(
            invoice_status = 'uncollectible'
            and coalesce(
                invoice_marked_uncollectible_at
                < {{ dbt.dateadd('day', 1, 'invoice_created_at') }},
                true
            ),
            false
        ) as is_given_up_at_once
    from int_billing_invoice_lines
    where
        subscription_id is not null
        and price_id is not null
        and invoice_status in ('paid', 'open', 'uncollectible')
        and (line_type = 'subscription' or is_proration)
        and period_start_at <= {{ as_of_timestamp() }}
),

-- Prorations of newer shapes name the price, not the item.
lines_with_items as (
    select
        lines_of_real_invoices.*,
        coalesce(
            lines_of_real_invoices.subscription_item_id,
            int_mrr_items_of_lines.subscription_item_id,
            only_items.subscription_item_id,
            lines_of_real_invoices.subscription_id || ':' || lines_of_real_invoices.price_id
        ) as item_id,
        prices.tiers_mode
    from lines_of_real_invoices
    left join int_mrr_items_of_lines
        on lines_of_real_invoices.invoice_line_id = int_mrr_items_of_lines.invoice_line_id
    left join only_items
        on lines_of_real_invoices.subscription_id = only_items.subscription_id
    left join int_billing_prices as prices
        on lines_of_real_invoices.price_id = prices.price_id
    where
        not lines_of_real_invoices.is_given_up_at_once
        and coalesce(lines_of_real_invoices.usage_type, 'licensed') <> 'metered'
),

-- Graduated tiers may be billed as one line each: together they are the quantity.
final as (
    select
        subscription_id,
        item_id as subscription_item_id,
        invoice_id,
        price_id,
        is_proration,
        amount < 0 as is_credit,
        period_start_at,
        period_end_at,
        coalesce(
            cast(
                case when tiers_mode = 'graduated' then sum(quantity) else max(quantity) end
                as bigint
            ),
            1
        ) as quantity,
        cast(sum(amount) as decimal(38, 9)) as amount,
        max(invoice_created_at) as invoice_created_at,
        max(invoice_status) as invoice_status
    from lines_with_items
    group by
        subscription_id,
        item_id,
        invoice_id,
        price_id,
        is_proration,
        amount < 0,
        period_start_at,
        period_end_at,
        tiers_mode
)

select * from final
