with int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

final as (
    select
        subscription_id,
        subscription_item_id
    from int_billing_subscription_item_versions
    where usage_type <> 'metered'
    union
    select
        subscription_id,
        subscription_item_id
    from int_mrr_proven_lines
)

select * from final
