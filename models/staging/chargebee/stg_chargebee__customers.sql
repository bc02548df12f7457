with customers as (
    {{ newest_versions('chargebee', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', 'id') }} as customer_id,
        id as native_id,
        coalesce(cf_app_customer_id, {{ json_text('meta_data', 'app_customer_id') }})
            as app_customer_id,
        coalesce(
            nullif(trim(company), ''),
            nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as customer_name,
        email,
        email_domain,
        billing_address__country as country,
        lower(preferred_currency_code) as currency,
        auto_collection,
        meta_data as metadata,
        created_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from customers
)

select * from final
