with fct_invoice_lines as (
    select * from {{ ref('fct_invoice_lines') }}
),

-- Drafts, deleted and void invoices are no revenue; what nobody paid was earned all the same. Credits
-- pay for nothing: those given away are a discount, those bought were revenue when they were sold.
final as (
    select
        invoice_line_id,
        invoice_id,
        customer_id,
        product_id,
        currency,
        net_amount - credit_amount as net_amount,
        {{ day_of('coalesce(invoice_finalized_at, invoice_created_at)') }} as invoice_date,
        {{ day_of('coalesce(period_start, invoice_created_at)') }} as service_start_date,
        greatest(
            {{ days_between(
                day_of('coalesce(period_start, invoice_created_at)'),
                day_of('coalesce(period_end, period_start, invoice_created_at)')
            ) }},
            -- A one-off purchase is earned on its day.
            1
        ) as service_days
    from fct_invoice_lines
    where
        invoice_status in ('open', 'paid', 'uncollectible')
        and net_amount is not null
)

select * from final
