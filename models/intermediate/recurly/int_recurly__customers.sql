with recurly_accounts as (
    select * from {{ ref('stg_recurly__accounts') }}
),

final as (
    select
        source_account,
        customer_id,
        native_id,
        app_customer_id,
        customer_name,
        email,
        email_domain,
        country,
        is_deleted,
        created_at,
        deleted_at,
        observed_at
    from recurly_accounts
)

select * from final
