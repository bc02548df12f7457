with int_revenue_items_weighed as (
    select * from {{ ref('int_revenue_items_weighed') }}
),

quotas as (
    select
        *,
        {{ floor_divide('abs(minor_units) * weight_nano', 'weight_total') }} as quota
    from int_revenue_items_weighed
),

-- Largest remainder in minor units, ties by feature.
leftovers_ranked as (
    select
        *,
        abs(minor_units) - sum(quota) over (partition by revenue_kind, item_id) as leftover,
        row_number() over (
            partition by revenue_kind, item_id
            order by
                abs(minor_units) * weight_nano - quota * weight_total desc,
                {{ in_byte_order('feature_id') }}
        ) as leftover_rank
    from quotas
),

shares as (
    select
        *,
        cast(
            sign(minor_units)
            * (quota + case when leftover_rank <= leftover then 1 else 0 end)
            as decimal(18, 0)
        ) as feature_minor_units
    from leftovers_ranked
),

shares_summed as (
    select
        *,
        cast(
            sum(feature_minor_units) over (
                partition by revenue_kind, item_id
                order by {{ in_byte_order('feature_id') }}
                rows between unbounded preceding and current row
            ) as decimal(18, 0)
        ) as minor_units_to_here
    from shares
),

final as (
    select
        revenue_kind,
        item_id,
        invoice_line_id,
        customer_id,
        product_id,
        feature_id,
        allocation_method,
        unallocated_reason,
        currency,
        booked_date,
        service_start_date,
        cast({{ dbt.dateadd('day', 'service_days', 'service_start_date') }} as date)
            as service_end_date,
        service_days,
        feature_minor_units as minor_units,
        cast(minor_units_to_here - feature_minor_units as decimal(18, 0)) as minor_units_before,
        minor_units_to_here,
        usd_per_minor_unit,
        {{ to_money('cast(feature_minor_units as decimal(26, 0)) * usd_per_minor_unit') }} as net_usd
    from shares_summed
    where feature_minor_units <> 0
)

select * from final
