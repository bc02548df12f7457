with int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_revenue_reversals as (
    select * from {{ ref('int_revenue_reversals') }}
),

-- The part of a refund that is revenue is shared by the invoice's net lines; the rest was tax.
reversed_lines as (
    select
        int_revenue_reversals.revenue_kind,
        int_revenue_reversals.reversal_id,
        int_revenue_reversals.reversal_date,
        int_revenue_reversals.amount,
        int_revenue_reversals.invoice_total,
        int_revenue_lines.invoice_line_id,
        int_revenue_lines.customer_id,
        int_revenue_lines.product_id,
        int_revenue_lines.currency,
        sum(int_revenue_lines.net_amount) over (
            partition by int_revenue_reversals.revenue_kind, int_revenue_reversals.reversal_id
            order by {{ in_byte_order('int_revenue_lines.invoice_line_id') }}
            rows between unbounded preceding and current row
        ) as net_to_here,
        int_revenue_lines.net_amount
    from int_revenue_reversals
    inner join int_revenue_lines
        on int_revenue_reversals.invoice_id = int_revenue_lines.invoice_id
    where int_revenue_reversals.invoice_total > 0
),

final as (
    select
        revenue_kind,
        concat(reversal_id, '|', invoice_line_id) as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        {{ exact_divide('amount * net_to_here', 'invoice_total') }} as net_amount,
        {{ exact_divide('amount * (net_to_here - net_amount)', 'invoice_total') }} as net_before,
        reversal_date as booked_date,
        reversal_date as service_start_date,
        1 as service_days
    from reversed_lines
)

select * from final
