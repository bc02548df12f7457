with braintree_customers as (
    select * from {{ ref('stg_braintree__customers') }}
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
        false as is_deleted,
        created_at,
        observed_at
    from braintree_customers
)

select * from final
