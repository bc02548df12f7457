{{ config(materialized='table') }}

with int_revenue_items as (
    select * from {{ ref('int_revenue_items') }}
),

int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

product_features as (
    select * from {{ ref('product_features') }}
),

int_feature_usage_by_day as (
    select * from {{ ref('int_feature_usage_by_day') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

-- What is taken back is shared as its line was: by the line's own period.
items_with_period as (
    select
        int_revenue_items.revenue_kind,
        int_revenue_items.item_id,
        int_revenue_items.customer_id,
        int_revenue_items.product_id,
        coalesce(int_revenue_lines.service_start_date, int_revenue_items.service_start_date)
            as period_start_date,
        cast({{ dbt.dateadd(
            'day',
            'coalesce(int_revenue_lines.service_days, int_revenue_items.service_days)',
            'coalesce(int_revenue_lines.service_start_date, int_revenue_items.service_start_date)'
        ) }} as date) as period_end_date
    from int_revenue_items
    left join int_revenue_lines
        on int_revenue_items.invoice_line_id = int_revenue_lines.invoice_line_id
),

items_with_features as (
    select
        items_with_period.*,
        product_features.feature_id,
        product_features.allocation_method,
        product_features.weight
    from items_with_period
    inner join product_features
        on items_with_period.product_id = product_features.product_id
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

weights_found as (
    select
        revenue_kind,
        item_id,
        feature_id,
        allocation_method,
        case when allocation_method = 'direct' then coalesce(weight, 0) else 1 end as weight
    from items_with_features
    where allocation_method in ('direct', 'even')
    union all
    select
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method,
        coalesce(sum(usage_by_customer.quantity), 0) as weight
    from items_with_features
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
    union all
    select
        items_with_features.revenue_kind,
        items_with_features.item_id,
        items_with_features.feature_id,
        items_with_features.allocation_method,
        greatest(coalesce(sum(cost_by_customer.cost_usd), 0), 0) as weight
    from items_with_features
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
),

-- In whole billionths, so that shares are exact.
final as (
    select
        revenue_kind,
        item_id,
        feature_id,
        allocation_method,
        {{ to_nano('weight') }} as weight_nano
    from weights_found
)

select * from final
