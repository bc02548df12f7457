with int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
    where usage_type <> 'metered'
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

-- An item made together with its subscription started with it, even if that was backdated.
final as (
    select
        item_versions.subscription_id,
        item_versions.subscription_item_id,
        min(
            case
                when
                    item_versions.created_at
                    <= {{ dbt.dateadd('minute', 5, 'int_mrr_subscriptions.created_at') }}
                    then int_mrr_subscriptions.starts_at
                else item_versions.created_at
            end
        ) as starts_at
    from int_billing_subscription_item_versions as item_versions
    inner join int_mrr_subscriptions
        on item_versions.subscription_id = int_mrr_subscriptions.subscription_id
    group by
        item_versions.subscription_id,
        item_versions.subscription_item_id
)

select * from final
