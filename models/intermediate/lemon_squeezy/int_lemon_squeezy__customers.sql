with lemon_squeezy_customers as (
    select * from {{ ref('stg_lemon_squeezy__customers') }}
),

final as (
    select
        source_account,
        customer_id,
        native_id,
        customer_name,
        email,
        email_domain,
        country,
        is_deleted,
        created_at,
        deleted_at,
        observed_at
    from lemon_squeezy_customers
)

select * from final
