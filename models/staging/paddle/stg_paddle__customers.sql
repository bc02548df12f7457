with customers as (
    {{ newest_versions('paddle', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('paddle', 'id') }} as customer_id,
        id as native_id,
        {{ json_text('custom_data', 'app_customer_id') }} as app_customer_id,
        name as customer_name,
        email,
        email_domain,
        custom_data as metadata,
        created_at,
        _observed_at as observed_at
    from customers
)

select * from final
