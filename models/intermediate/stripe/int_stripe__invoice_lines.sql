with stripe_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
),

stripe_line_taxes as (
    select * from {{ ref('stg_stripe__invoice_line_taxes') }}
),

stripe_line_credits as (
    select * from {{ ref('stg_stripe__invoice_line_credit_amounts') }}
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

final as (
    select
        -- keys
        stripe_lines.source_account,
        stripe_lines.invoice_line_id,
        stripe_lines.line_position,
        stripe_lines.invoice_id,
        stripe_lines.subscription_id,
        stripe_lines.subscription_item_id,
        stripe_lines.invoice_item_id,
        stripe_lines.price_id,
        stripe_lines.product_id,
        -- facts
        stripe_lines.line_type,
        stripe_lines.description,
        stripe_lines.is_proration,
        stripe_lines.price_type = 'recurring' as is_recurring,
        stripe_lines.usage_type,
        stripe_lines.billing_interval,
        stripe_lines.billing_interval_count,
        stripe_lines.billing_scheme,
        stripe_lines.quantity,
        stripe_lines.metadata,
        -- money
        stripe_lines.currency,
        stripe_lines.unit_amount_minor,
        stripe_lines.unit_amount,
        stripe_lines.amount,
        taxes_summed.tax_amount,
        taxes_summed.inclusive_tax_amount,
        credits_summed.credit_amount,
        -- times
        stripe_lines.period_start_at,
        stripe_lines.period_end_at
    from stripe_lines
    left join taxes_summed
        on
            stripe_lines.invoice_version_id = taxes_summed.invoice_version_id
            and stripe_lines.line_position = taxes_summed.line_position
    left join credits_summed
        on
            stripe_lines.invoice_version_id = credits_summed.invoice_version_id
            and stripe_lines.line_position = credits_summed.line_position
)

select * from final
