with invoice_lines as (
    {{ newest_versions('billing_files', 'invoice_lines') }}
),

final as (
    select
        source_account,
        {{ account_key('billing_files', "invoice_id || '/' || line_id") }} as invoice_line_id,
        {{ account_key('billing_files', 'invoice_id') }} as invoice_id,
        invoice_id as invoice_number,
        {{ account_key('billing_files', 'customer_id') }} as customer_id,
        {{ account_key('billing_files', 'subscription_id') }} as subscription_id,
        {{ account_key('billing_files', 'product_id') }} as product_id,
        description,
        status,
        currency,
        quantity,
        cast(amount as decimal(38, 9)) as amount,
        cast(discount as decimal(38, 9)) as discount_amount,
        cast(tax as decimal(38, 9)) as tax_amount,
        cast(issued_on as {{ timestamp_type() }}) as issued_at,
        cast(due_on as {{ timestamp_type() }}) as due_at,
        cast(paid_on as {{ timestamp_type() }}) as paid_at,
        cast(closed_on as {{ timestamp_type() }}) as closed_at,
        cast(coalesce(period_start, issued_on) as {{ timestamp_type() }}) as period_start_at,
        cast(coalesce(period_end, period_start, issued_on) as {{ timestamp_type() }})
            as period_end_at,
        _observed_at as observed_at
    from invoice_lines
    where _deleted_at is null
)

select * from final
