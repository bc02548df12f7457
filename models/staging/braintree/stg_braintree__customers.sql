with customers as (
    {{ newest_versions('braintree', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', 'id') }} as customer_id,
        id as native_id,
        {{ json_text('custom_fields', 'app_customer_id') }} as app_customer_id,
        coalesce(
            nullif(trim(company), ''),
            nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as customer_name,
        email,
        email_domain,
        created_at,
        _observed_at as observed_at
    from customers
)

select * from final
