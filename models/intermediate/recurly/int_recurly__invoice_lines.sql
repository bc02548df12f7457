with int_recurly__lines_priced as (
    select * from {{ ref('int_recurly__lines_priced') }}
),

int_recurly__invoices as (
    select * from {{ ref('int_recurly__invoices') }}
),

final as (
    select
        lines.source_account,
        lines.line_id as invoice_line_id,
        cast(
            row_number() over (partition by lines.invoice_id order by lines.line_id) - 1 as bigint
        ) as line_position,
        lines.invoice_id,
        lines.subscription_id,
        lines.subscription_item_id,
        lines.price_id,
        lines.list_price_id as product_id,
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
        lines.subtotal as amount,
        lines.tax_amount,
        case when lines.is_tax_inclusive then lines.tax_amount else cast(0 as decimal(38, 9)) end
            as inclusive_tax_amount,
        lines.period_start_at,
        lines.period_end_at
    from int_recurly__lines_priced as lines
    inner join int_recurly__invoices as invoices
        on lines.invoice_id = invoices.invoice_id
)

select * from final
