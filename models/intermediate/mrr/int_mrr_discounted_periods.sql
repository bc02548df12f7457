with int_billing_invoice_line_discounts as (
    select * from {{ ref('int_billing_invoice_line_discounts') }}
),

int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

final as (
    select
        int_billing_invoice_line_discounts.discount_id,
        int_mrr_proven_lines.subscription_id,
        int_mrr_proven_lines.subscription_item_id,
        int_mrr_proven_lines.period_start_at,
        max(int_mrr_proven_lines.period_end_at) as period_end_at
    from int_billing_invoice_line_discounts
    inner join int_billing_invoice_lines
        on
            int_billing_invoice_line_discounts.invoice_line_id
            = int_billing_invoice_lines.invoice_line_id
    inner join int_mrr_proven_lines
        on
            int_billing_invoice_lines.invoice_id = int_mrr_proven_lines.invoice_id
            and int_billing_invoice_lines.subscription_id = int_mrr_proven_lines.subscription_id
            and int_billing_invoice_lines.period_start_at = int_mrr_proven_lines.period_start_at
            and int_billing_invoice_lines.price_id = int_mrr_proven_lines.price_id
    where
        not int_mrr_proven_lines.is_proration
        and int_mrr_proven_lines.amount > 0
    group by
        int_billing_invoice_line_discounts.discount_id,
        int_mrr_proven_lines.subscription_id,
        int_mrr_proven_lines.subscription_item_id,
        int_mrr_proven_lines.period_start_at
)

select * from final
