with customers as (
    {{ newest_versions('billing_files', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('billing_files', 'customer_id') }} as customer_id,
        customer_id as native_id,
        app_customer_id,
        name as customer_name,
        email,
        email_domain,
        country,
        {{ moment_of_written_day('created_on') }} as created_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from customers
)

select * from final
