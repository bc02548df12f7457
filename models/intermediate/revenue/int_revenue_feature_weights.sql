{{ config(materialized='table') }}

with int_revenue_items_with_features as (
    select * from {{ ref('int_revenue_items_with_features') }}
),

int_revenue_weights_by_usage as (
    select * from {{ ref('int_revenue_weights_by_usage') }}
),

int_revenue_weights_by_cost as (
    select * from {{ ref('int_revenue_weights_by_cost') }}
),

weights_found as (
    select
        revenue_kind,
        item_id,
        feature_id,
        allocation_method,
        case when allocation_method = 'direct' then coalesce(weight, 0) else 1 end as weight
    from int_revenue_items_with_features
    where allocation_method in ('direct', 'even')
    union all
    select * from int_revenue_weights_by_usage
    union all
    select * from int_revenue_weights_by_cost
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
