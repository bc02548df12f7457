with int_revenue_items as (
    select * from {{ ref('int_revenue_items') }}
),

int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

product_features as (
    select * from {{ ref('product_features') }}
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

final as (
    select
        items_with_period.*,
        product_features.feature_id,
        product_features.allocation_method,
        product_features.weight
    from items_with_period
    inner join product_features
        on items_with_period.product_id = product_features.product_id
)

select * from final
