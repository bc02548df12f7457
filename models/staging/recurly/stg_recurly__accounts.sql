with accounts as (
    {{ newest_versions('recurly', 'accounts') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', 'id') }} as customer_id,
        id as native_id,
        code as app_customer_id,
        coalesce(
            nullif(trim(company), ''),
            nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as customer_name,
        email,
        email_domain,
        address__country as country,
        created_at,
        deleted_at,
        _observed_at as observed_at,
        deleted_at is not null or _deleted_at is not null as is_deleted
    from accounts
)

select * from final
