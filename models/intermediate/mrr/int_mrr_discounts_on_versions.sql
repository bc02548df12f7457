with int_billing_discount_versions as (
    select * from {{ ref('int_billing_discount_versions') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

versions_summed as (
    select
        discount_level,
        discount_id,
        billing_customer_id,
        subscription_id,
        subscription_item_id,
        min(valid_from) as seen_from,
        max(valid_from) as last_seen_at,
        case
            when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to)
        end as seen_to
    from int_billing_discount_versions
    where valid_from <= {{ as_of_timestamp() }}
    group by
        discount_level,
        discount_id,
        billing_customer_id,
        subscription_id,
        subscription_item_id
),

-- A customer's discount is on all subscriptions of that customer, as the provider knows it: a
-- company's other customers do not share it.
final as (
    select
        versions_summed.discount_level,
        versions_summed.discount_id,
        int_mrr_subscriptions.subscription_id,
        versions_summed.subscription_item_id,
        versions_summed.seen_from,
        versions_summed.last_seen_at,
        versions_summed.seen_to
    from versions_summed
    inner join int_mrr_subscriptions
        on
            (
                versions_summed.discount_level = 'customer'
                and versions_summed.billing_customer_id = int_mrr_subscriptions.billing_customer_id
            )
            or (
                versions_summed.discount_level <> 'customer'
                and versions_summed.subscription_id = int_mrr_subscriptions.subscription_id
            )
)

select * from final
