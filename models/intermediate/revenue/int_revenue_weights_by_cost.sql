with int_revenue_items_with_features as (
    select * from {{ ref('int_revenue_items_with_features') }}
),

product_features as (
    select * from {{ ref('product_features') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

cost_by_customer as (
    select
        customer_id,
        feature_id,
        cost_date,
        sum(cost_usd) as cost_usd
    from fct_cost_attribution
    where
        exists (
            select 1
            from product_features
            where product_features.allocation_method = 'cost_weighted'
        )
    group by
        customer_id,
        feature_id,
        cost_date
),

final as (
    select
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method,
        greatest(coalesce(sum(cost_by_customer.cost_usd), 0), 0) as weight
    from int_revenue_items_with_features as items_with_features
    left join cost_by_customer
        on
            items_with_features.customer_id = cost_by_customer.customer_id
            and items_with_features.feature_id = cost_by_customer.feature_id
            and items_with_features.period_start_date <= cost_by_customer.cost_date
            and items_with_features.period_end_date > cost_by_customer.cost_date
    where items_with_features.allocation_method = 'cost_weighted'
    group by
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method
)

select * from final
