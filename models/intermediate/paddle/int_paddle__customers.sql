with paddle_customers as (
    select * from {{ ref('stg_paddle__customers') }}
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
        metadata,
        false as is_deleted,
        created_at,
        observed_at
    from paddle_customers
)

select * from final
