with stripe_credit_grants as (
    select * from {{ ref('stg_stripe__credit_grants') }}
),

final as (
    select
        source_account,
        credit_grant_id,
        customer_id,
        credit_grant_name,
        category,
        category = 'paid' as is_paid,
        currency,
        amount,
        created_at,
        coalesce(effective_at, created_at) as effective_at,
        expires_at,
        voided_at,
        is_deleted
    from stripe_credit_grants
)

select * from final
