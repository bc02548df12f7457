with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

-- Automatic tax names no rate on the subscription: the invoice says how much it was.
lines_with_tax as (
    select
        proven_lines.subscription_id,
        proven_lines.subscription_item_id,
        cast({{ exact_divide(
            '100 * invoice_lines.inclusive_tax_amount', 'invoice_lines.net_amount', 2
        ) }} as decimal(9, 6)) as inclusive_percent,
        row_number() over (
            partition by proven_lines.subscription_id, proven_lines.subscription_item_id
            order by proven_lines.period_start_at desc, invoice_lines.amount desc
        ) as recency
    from int_mrr_proven_lines as proven_lines
    inner join int_billing_invoice_lines as invoice_lines
        on
            proven_lines.invoice_id = invoice_lines.invoice_id
            and proven_lines.subscription_id = invoice_lines.subscription_id
            and proven_lines.price_id = invoice_lines.price_id
            and proven_lines.period_start_at = invoice_lines.period_start_at
    where
        invoice_lines.inclusive_tax_amount > 0
        and invoice_lines.net_amount > 0
),

final as (
    select
        subscription_id,
        subscription_item_id,
        inclusive_percent
    from lines_with_tax
    where recency = 1
)

select * from final
