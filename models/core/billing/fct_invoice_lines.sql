with invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

final as (
    select
        -- keys
        invoice_line_id,
        invoice_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        billing_provider,
        source_account,
        -- facts
        line_type,
        description,
        quantity,
        usage_type,
        is_proration,
        is_recurring,
        -- money, in the invoice's currency
        currency,
        amount,
        discount_amount,
        tax_amount,
        inclusive_tax_amount,
        credit_amount,
        net_amount,
        -- the service period, half-open
        period_start_at as period_start,
        period_end_at as period_end,
        -- the invoice
        invoice_status,
        billing_reason,
        collection_method,
        invoice_created_at,
        invoice_finalized_at,
        invoice_paid_at,
        invoice_voided_at,
        invoice_marked_uncollectible_at
    from invoice_lines
)

select * from final
