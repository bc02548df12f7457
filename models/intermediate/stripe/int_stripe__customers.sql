with stripe_customers as (
    select * from {{ ref('stg_stripe__customers') }}
),

final as (
    select
        source_account,
        customer_id,
        customer_id as native_id,
        app_customer_id,
        customer_name,
        email,
        email_domain,
        country,
        currency,
        balance,
        is_delinquent,
        metadata,
        is_deleted,
        created_at,
        deleted_at,
        observed_at
    from stripe_customers
)

select * from final
