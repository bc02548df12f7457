with polar_customers as (
    select * from {{ ref('stg_polar__customers') }}
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
        metadata,
        is_deleted,
        created_at,
        deleted_at,
        observed_at
    from polar_customers
)

select * from final
