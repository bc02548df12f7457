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
        -- What a day says that is still to come has not happened yet.
        case
            when
                status = 'paid'
                and {{ moment_of_written_day('paid_on') }} > {{ as_of_timestamp() }}
                then 'open'
            when
                status in ('void', 'uncollectible')
                and {{ moment_of_written_day('closed_on') }} > {{ as_of_timestamp() }}
                then 'open'
            else status
        end as status,
        currency,
        quantity,
        cast(amount as decimal(38, 9)) as amount,
        cast(discount as decimal(38, 9)) as discount_amount,
        cast(tax as decimal(38, 9)) as tax_amount,
        {{ moment_of_written_day('issued_on') }} as issued_at,
        {{ moment_of_written_day('due_on') }} as due_at,
        {{ moment_of_written_day('paid_on') }} as paid_at,
        {{ moment_of_written_day('closed_on') }} as closed_at,
        {{ moment_of_written_day('coalesce(period_start, issued_on)') }} as period_start_at,
        {{ moment_of_written_day('coalesce(period_end, period_start, issued_on)') }}
            as period_end_at,
        _observed_at as observed_at
    from invoice_lines
    where
        _deleted_at is null
        and {{ moment_of_written_day('issued_on') }} <= {{ as_of_timestamp() }}
)

select * from final
