{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('invoice_lines') }}
),

line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

discounts_summed as (
    select
        invoice_line_id,
        sum(discount_amount) as discount_amount
    from line_discounts
    group by invoice_line_id
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.invoice_line_id,
        all_vendors.line_position,
        all_vendors.invoice_id,
        invoices.customer_id,
        coalesce(
            all_vendors.subscription_id,
            -- a line of a subscription's own period, of the shape that names it on the invoice only
            case when all_vendors.line_type = 'subscription' then invoices.subscription_id end
        ) as subscription_id,
        all_vendors.subscription_item_id,
        all_vendors.invoice_item_id,
        all_vendors.price_id,
        coalesce(all_vendors.product_id, prices.product_id) as product_id,
        -- facts
        all_vendors.line_type,
        all_vendors.description,
        all_vendors.is_proration,
        coalesce(
            all_vendors.is_recurring,
            prices.price_type = 'recurring',
            all_vendors.line_type = 'subscription',
            false
        ) as is_recurring,
        coalesce(all_vendors.usage_type, prices.usage_type) as usage_type,
        coalesce(all_vendors.billing_interval, prices.billing_interval) as billing_interval,
        coalesce(all_vendors.billing_interval_count, prices.billing_interval_count)
            as billing_interval_count,
        coalesce(all_vendors.billing_scheme, prices.billing_scheme) as billing_scheme,
        all_vendors.quantity,
        all_vendors.metadata,
        -- money
        all_vendors.currency,
        coalesce(all_vendors.unit_amount_minor, prices.unit_amount_minor) as unit_amount_minor,
        coalesce(all_vendors.unit_amount, prices.unit_amount) as unit_amount,
        all_vendors.amount,
        cast(coalesce(discounts_summed.discount_amount, 0) as decimal(38, 9))
            as discount_amount,
        cast(coalesce(all_vendors.tax_amount, 0) as decimal(38, 9)) as tax_amount,
        cast(coalesce(all_vendors.inclusive_tax_amount, 0) as decimal(38, 9))
            as inclusive_tax_amount,
        cast(coalesce(all_vendors.credit_amount, 0) as decimal(38, 9)) as credit_amount,
        cast(
            all_vendors.amount
            - coalesce(discounts_summed.discount_amount, 0)
            - coalesce(all_vendors.inclusive_tax_amount, 0)
            as decimal(38, 9)
        ) as net_amount,
        -- times
        all_vendors.period_start_at,
        all_vendors.period_end_at,
        -- the invoice's own facts, repeated for readers of lines
        invoices.invoice_status,
        invoices.billing_reason,
        invoices.collection_method,
        invoices.created_at as invoice_created_at,
        invoices.finalized_at as invoice_finalized_at,
        invoices.paid_at as invoice_paid_at,
        invoices.voided_at as invoice_voided_at,
        invoices.marked_uncollectible_at as invoice_marked_uncollectible_at
    from all_vendors
    inner join invoices
        on all_vendors.invoice_id = invoices.invoice_id
    left join discounts_summed
        on all_vendors.invoice_line_id = discounts_summed.invoice_line_id
    left join prices
        on all_vendors.price_id = prices.price_id
)

select * from final
