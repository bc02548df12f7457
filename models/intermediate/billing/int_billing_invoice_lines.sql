{{ config(materialized='table') }}

with stripe_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
),

stripe_line_taxes as (
    select * from {{ ref('stg_stripe__invoice_line_taxes') }}
),

stripe_line_credits as (
    select * from {{ ref('stg_stripe__invoice_line_credit_amounts') }}
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

taxes_summed as (
    select
        invoice_version_id,
        line_position,
        sum(amount) as tax_amount,
        sum(case when is_inclusive then amount else cast(0 as decimal(38, 9)) end)
            as inclusive_tax_amount
    from stripe_line_taxes
    group by
        invoice_version_id,
        line_position
),

credits_summed as (
    select
        invoice_version_id,
        line_position,
        sum(amount) as credit_amount
    from stripe_line_credits
    group by
        invoice_version_id,
        line_position
),

parts_joined as (
    select
        stripe_lines.*,
        cast(coalesce(discounts_summed.discount_amount, 0) as decimal(38, 9))
            as discount_amount,
        cast(coalesce(taxes_summed.tax_amount, 0) as decimal(38, 9)) as tax_amount,
        cast(coalesce(taxes_summed.inclusive_tax_amount, 0) as decimal(38, 9))
            as inclusive_tax_amount,
        cast(coalesce(credits_summed.credit_amount, 0) as decimal(38, 9)) as credit_amount
    from stripe_lines
    left join discounts_summed
        on stripe_lines.invoice_line_id = discounts_summed.invoice_line_id
    left join taxes_summed
        on
            stripe_lines.invoice_version_id = taxes_summed.invoice_version_id
            and stripe_lines.line_position = taxes_summed.line_position
    left join credits_summed
        on
            stripe_lines.invoice_version_id = credits_summed.invoice_version_id
            and stripe_lines.line_position = credits_summed.line_position
),

final as (
    select
        -- keys
        'stripe' as billing_provider,
        parts_joined.invoice_line_id,
        parts_joined.line_position,
        parts_joined.invoice_id,
        invoices.customer_id,
        coalesce(
            parts_joined.subscription_id,
            -- a line of a subscription's own period, of the shape that names it on the invoice only
            case when parts_joined.line_type = 'subscription' then invoices.subscription_id end
        ) as subscription_id,
        parts_joined.subscription_item_id,
        parts_joined.invoice_item_id,
        parts_joined.price_id,
        coalesce(parts_joined.product_id, prices.product_id) as product_id,
        -- facts
        parts_joined.line_type,
        parts_joined.description,
        parts_joined.is_proration,
        coalesce(
            parts_joined.price_type = 'recurring',
            prices.price_type = 'recurring',
            parts_joined.line_type = 'subscription',
            false
        ) as is_recurring,
        coalesce(parts_joined.usage_type, prices.usage_type) as usage_type,
        coalesce(parts_joined.billing_interval, prices.billing_interval) as billing_interval,
        coalesce(
            parts_joined.billing_interval_count, prices.billing_interval_count
        ) as billing_interval_count,
        coalesce(parts_joined.billing_scheme, prices.billing_scheme) as billing_scheme,
        parts_joined.quantity,
        parts_joined.metadata,
        -- money
        parts_joined.currency,
        coalesce(parts_joined.unit_amount_minor, prices.unit_amount_minor) as unit_amount_minor,
        coalesce(parts_joined.unit_amount, prices.unit_amount) as unit_amount,
        parts_joined.amount,
        parts_joined.discount_amount,
        parts_joined.tax_amount,
        parts_joined.inclusive_tax_amount,
        parts_joined.credit_amount,
        cast(
            parts_joined.amount - parts_joined.discount_amount - parts_joined.inclusive_tax_amount
            as decimal(38, 9)
        ) as net_amount,
        -- times
        parts_joined.period_start_at,
        parts_joined.period_end_at,
        -- the invoice's own facts, repeated for readers of lines
        invoices.invoice_status,
        invoices.billing_reason,
        invoices.collection_method,
        invoices.created_at as invoice_created_at,
        invoices.finalized_at as invoice_finalized_at,
        invoices.paid_at as invoice_paid_at,
        invoices.voided_at as invoice_voided_at,
        invoices.marked_uncollectible_at as invoice_marked_uncollectible_at
    from parts_joined
    inner join invoices
        on parts_joined.invoice_id = invoices.invoice_id
    left join prices
        on parts_joined.price_id = prices.price_id
)

select * from final
