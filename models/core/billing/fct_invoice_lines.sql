with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

final as (
    select
        -- Keys
        invoice_line_id,
        invoice_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        billing_provider,
        source_account,
        -- Facts
        line_type,
        description,
        quantity,
        usage_type,
        is_proration,
        is_recurring,
        -- Money, in the invoice's currency
        currency,
        amount,
        discount_amount,
        tax_amount,
        inclusive_tax_amount,
        credit_amount,
        net_amount,
        -- The service period, half-open
        period_start_at as period_start,
        period_end_at as period_end,
        -- The invoice
        invoice_status,
        billing_reason,
        collection_method,
        invoice_created_at,
        invoice_finalized_at,
        invoice_paid_at,
        invoice_voided_at,
        invoice_marked_uncollectible_at
    from int_billing_invoice_lines
)

select * from final
