with customers as (
    {{ newest_versions('polar', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', 'id') }} as customer_id,
        id as native_id,
        external_id as app_customer_id,
        coalesce(nullif(trim(name), ''), nullif(trim(billing_name), '')) as customer_name,
        email,
        email_domain,
        billing_address__country as country,
        metadata,
        created_at,
        deleted_at,
        _observed_at as observed_at,
        deleted_at is not null or _deleted_at is not null as is_deleted
    from customers
)

select * from final
