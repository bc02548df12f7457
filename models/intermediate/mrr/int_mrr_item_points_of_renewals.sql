with int_mrr_item_points_of_lines as (
    select * from {{ ref('int_mrr_item_points_of_lines') }}
),

int_mrr_proven_lines as (
    select * from {{ ref('int_mrr_proven_lines') }}
),

renewals as (
    select distinct
        subscription_id,
        period_start_at
    from int_mrr_proven_lines
    where not is_proration
),

-- A subscription renewed without an item has lost it.
final as (
    select distinct
        item_points.subscription_id,
        item_points.subscription_item_id,
        item_points.covers_to as point_at,
        'invoice_line' as evidence,
        false as is_present,
        cast(null as {{ dbt.type_string() }}) as price_id,
        cast(null as bigint) as quantity,
        cast(null as {{ timestamp_type() }}) as covers_to
    from int_mrr_item_points_of_lines as item_points
    inner join renewals
        on
            item_points.subscription_id = renewals.subscription_id
            and item_points.covers_to = renewals.period_start_at
    left join int_mrr_item_points_of_lines as points_then
        on
            item_points.subscription_id = points_then.subscription_id
            and item_points.subscription_item_id = points_then.subscription_item_id
            and item_points.covers_to = points_then.point_at
    where
        item_points.is_present
        and points_then.point_at is null
)

select * from final
