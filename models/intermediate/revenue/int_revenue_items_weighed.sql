with int_revenue_items as (
    select * from {{ ref('int_revenue_items') }}
),

int_revenue_feature_weights as (
    select * from {{ ref('int_revenue_feature_weights') }}
),

weights_summed as (
    select
        *,
        sum(weight_nano) over (partition by revenue_kind, item_id) as weight_total
    from int_revenue_feature_weights
),

items_weighed as (
    select
        int_revenue_items.*,
        coalesce(weights_summed.feature_id, '__unallocated__') as feature_id,
        coalesce(weights_summed.allocation_method, 'none') as allocation_method,
        coalesce(weights_summed.weight_nano, cast(1 as decimal(38, 0))) as weight_nano,
        coalesce(weights_summed.weight_total, cast(1 as decimal(38, 0))) as weight_total,
        case when weights_summed.feature_id is null then 'no_rule' end as unallocated_reason
    from int_revenue_items
    left join weights_summed
        on
            int_revenue_items.revenue_kind = weights_summed.revenue_kind
            and int_revenue_items.item_id = weights_summed.item_id
            and weights_summed.weight_total > 0
            and weights_summed.weight_nano > 0
),

methods_of_items as (
    select
        revenue_kind,
        item_id,
        max(allocation_method) as allocation_method
    from int_revenue_feature_weights
    group by
        revenue_kind,
        item_id
),

final as (
    select
        items_weighed.revenue_kind,
        items_weighed.item_id,
        items_weighed.invoice_line_id,
        items_weighed.customer_id,
        items_weighed.product_id,
        items_weighed.currency,
        items_weighed.booked_date,
        items_weighed.service_start_date,
        items_weighed.service_days,
        items_weighed.minor_units,
        items_weighed.usd_per_minor_unit,
        items_weighed.feature_id,
        items_weighed.weight_nano,
        items_weighed.weight_total,
        coalesce(methods_of_items.allocation_method, 'none') as allocation_method,
        case
            when items_weighed.unallocated_reason is null then null
            when methods_of_items.allocation_method is null then 'no_rule'
            when methods_of_items.allocation_method = 'cost_weighted' then 'no_cost'
            when methods_of_items.allocation_method = 'usage_weighted' then 'no_usage'
            else 'no_weight'
        end as unallocated_reason
    from items_weighed
    left join methods_of_items
        on
            items_weighed.revenue_kind = methods_of_items.revenue_kind
            and items_weighed.item_id = methods_of_items.item_id
)

select * from final
