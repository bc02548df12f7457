with customer_history as (
    select * from {{ ref('stg_stripe__customer_history') }}
),

final as (
    select
        source_account,
        customer_id,
        app_customer_id,
        customer_name,
        email,
        email_domain,
        country,
        currency,
        balance,
        is_delinquent,
        metadata,
        is_livemode,
        created_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from customer_history
    where is_newest
)

select * from final
