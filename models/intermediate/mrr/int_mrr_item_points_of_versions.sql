with int_mrr_versions_dated as (
    select * from {{ ref('int_mrr_versions_dated') }}
),

int_mrr_items_known as (
    select * from {{ ref('int_mrr_items_known') }}
),

int_billing_subscription_item_versions as (
    select * from {{ ref('int_billing_subscription_item_versions') }}
    where usage_type <> 'metered'
),

-- An item that a version lacks is gone by then.
final as (
    select
        int_mrr_items_known.subscription_id,
        int_mrr_items_known.subscription_item_id,
        int_mrr_versions_dated.seen_at as point_at,
        int_mrr_versions_dated.evidence,
        int_billing_subscription_item_versions.subscription_item_id is not null as is_present,
        int_billing_subscription_item_versions.price_id,
        case
            when int_billing_subscription_item_versions.subscription_item_id is not null
                then coalesce(
                    cast(int_billing_subscription_item_versions.quantity as bigint), 1
                )
        end as quantity,
        cast(null as {{ timestamp_type() }}) as covers_to
    from int_mrr_versions_dated
    inner join int_mrr_items_known
        on int_mrr_versions_dated.subscription_id = int_mrr_items_known.subscription_id
    left join int_billing_subscription_item_versions
        on
            int_mrr_versions_dated.subscription_version_id
            = int_billing_subscription_item_versions.subscription_version_id
            and int_mrr_items_known.subscription_item_id
            = int_billing_subscription_item_versions.subscription_item_id
)

select * from final
