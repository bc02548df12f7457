with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

final as (
    select
        billing_provider,
        source_account,
        subscription_id,
        customer_id,
        status,
        currency as native_currency,
        native_mrr,
        observed_at
    from int_billing_subscriptions
    where
        native_mrr is not null
        and not is_deleted
)

select * from final
