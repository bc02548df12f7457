with customers as (
    {{ newest_versions('lemon_squeezy', 'customers') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as customer_id,
        id as native_id,
        nullif(trim(name), '') as customer_name,
        email,
        email_domain,
        country,
        created_at,
        _deleted_at as deleted_at,
        _observed_at as observed_at,
        _deleted_at is not null as is_deleted
    from customers
)

select * from final
