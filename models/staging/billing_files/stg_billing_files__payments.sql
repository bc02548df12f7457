with payments as (
    {{ newest_versions('billing_files', 'payments') }}
),

final as (
    select
        source_account,
        {{ account_key('billing_files', 'payment_id') }} as payment_id,
        {{ account_key('billing_files', 'invoice_id') }} as invoice_id,
        kind as payment_kind,
        currency,
        cast(amount as decimal(38, 9)) as amount,
        {{ moment_of_written_day('paid_on') }} as paid_at
    from payments
    where
        _deleted_at is null
        and {{ moment_of_written_day('paid_on') }} <= {{ as_of_timestamp() }}
)

select * from final
