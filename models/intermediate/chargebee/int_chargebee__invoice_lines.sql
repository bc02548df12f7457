with int_chargebee__lines_priced as (
    select * from {{ ref('int_chargebee__lines_priced') }}
),

chargebee_line_discounts as (
    select * from {{ ref('stg_chargebee__invoice_line_discounts') }}
    where discount_type = 'promotional_credits'
),

chargebee_invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
),

-- Credits that were given away take nothing off the price, but reduce the revenue of the bill.
credits_summed as (
    select
        line_discounts.invoice_line_id,
        sum({{ chargebee_major(
            'line_discounts.discount_amount', 'invoices.currency_exponent'
        ) }}) as credit_amount
    from chargebee_line_discounts as line_discounts
    inner join chargebee_invoices as invoices
        on line_discounts.invoice_id = invoices.invoice_id
    group by line_discounts.invoice_line_id
),

final as (
    select
        lines.source_account,
        lines.invoice_line_id,
        lines.line_position,
        lines.invoice_id,
        lines.subscription_id,
        lines.subscription_item_id,
        lines.price_id,
        lines.product_id,
        case
            when lines.subscription_id is not null and lines.is_recurring then 'subscription'
            else 'invoiceitem'
        end as line_type,
        lines.description,
        lines.is_proration,
        lines.is_recurring,
        case when lines.is_metered then 'metered' else 'licensed' end as usage_type,
        lines.billing_interval,
        lines.billing_interval_count,
        lines.quantity,
        lines.currency,
        lines.amount,
        lines.tax_amount,
        lines.inclusive_tax_amount,
        cast(credits_summed.credit_amount as decimal(38, 9)) as credit_amount,
        lines.period_start_at,
        lines.period_end_at
    from int_chargebee__lines_priced as lines
    left join credits_summed
        on lines.invoice_line_id = credits_summed.invoice_line_id
)

select * from final
