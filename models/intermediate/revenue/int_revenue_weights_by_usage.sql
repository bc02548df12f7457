with int_revenue_items_with_features as (
    select * from {{ ref('int_revenue_items_with_features') }}
),

int_feature_usage_by_day as (
    select * from {{ ref('int_feature_usage_by_day') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

usage_by_customer as (
    select
        coalesce(int_customer_keys.customer_id, int_feature_usage_by_day.app_customer_id)
            as customer_id,
        int_feature_usage_by_day.feature_id,
        int_feature_usage_by_day.usage_date,
        int_feature_usage_by_day.quantity
    from int_feature_usage_by_day
    left join int_customer_keys
        on int_feature_usage_by_day.app_customer_id = int_customer_keys.app_customer_id
),

final as (
    select
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method,
        coalesce(sum(usage_by_customer.quantity), 0) as weight
    from int_revenue_items_with_features as items_with_features
    left join usage_by_customer
        on
            items_with_features.customer_id = usage_by_customer.customer_id
            and items_with_features.feature_id = usage_by_customer.feature_id
            and items_with_features.period_start_date <= usage_by_customer.usage_date
            and items_with_features.period_end_date > usage_by_customer.usage_date
    where items_with_features.allocation_method = 'usage_weighted'
    group by
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method
)

select * from final
