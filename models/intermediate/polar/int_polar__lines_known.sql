with polar_order_items as (
    select * from {{ ref('stg_polar__order_items') }}
),

polar_orders as (
    select * from {{ ref('stg_polar__orders') }}
),

polar_prices as (
    select * from {{ ref('stg_polar__prices') }}
),

lines_known as (
    select
        items.source_account,
        items.invoice_line_id,
        items.line_position,
        items.invoice_id,
        orders.subscription_id,
        items.list_price_id,
        coalesce(prices.product_id, orders.product_id) as product_id,
        orders.coupon_id,
        items.description,
        prices.amount_type,
        items.is_proration,
        coalesce(
            prices.amount_type in ('metered_unit', 'metered_tiers')
            or orders.billing_reason = 'subscription_meter_cycle',
            false
        ) as is_metered,
        coalesce(
            orders.subscription_id is not null
            and items.list_price_id is not null
            and orders.billing_reason <> 'purchase',
            false
        ) as is_of_plan,
        orders.currency,
        orders.is_tax_inclusive,
        items.amount_minor,
        items.tax_minor,
        orders.discount_minor,
        orders.tax_minor as order_tax_minor,
        not items.is_proration and items.amount_minor > 0 as is_discountable,
        coalesce(prices.billing_interval, orders.billing_interval) as billing_interval,
        case when prices.billing_interval is not null then 1 else orders.billing_interval_count end
            as billing_interval_count,
        coalesce(items.period_start_at, orders.created_at) as period_start_at,
        items.period_end_at
    from polar_order_items as items
    inner join polar_orders as orders
        on items.invoice_id = orders.invoice_id
    left join polar_prices as prices
        on items.list_price_id = prices.list_price_id
),

-- A discount is taken off whole periods; where an order has none, off whatever it charges.
lines_weighed as (
    select
        *,
        case
            when is_discountable then amount_minor
            when max(case when is_discountable then 1 else 0 end) over (
                partition by invoice_id
            ) = 0 and amount_minor > 0 then amount_minor
            else 0
        end as weight_minor,
        sum(tax_minor) over (partition by invoice_id) as lines_tax_minor
    from lines_known
),

lines_cumulated as (
    select
        *,
        sum(weight_minor) over (partition by invoice_id) as all_weights_minor,
        sum(weight_minor) over (
            partition by invoice_id
            order by line_position
            rows between unbounded preceding and current row
        ) as weights_to_here_minor
    from lines_weighed
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        list_price_id,
        product_id,
        coupon_id,
        description,
        amount_type,
        is_proration,
        is_metered,
        is_of_plan and not is_metered as is_recurring,
        currency,
        is_tax_inclusive,
        amount_minor,
        case
            when all_weights_minor > 0
                then {{ share_of_minor_units(
                    'discount_minor', 'weights_to_here_minor', 'all_weights_minor'
                ) }} - {{ share_of_minor_units(
                    'discount_minor', '(weights_to_here_minor - weight_minor)', 'all_weights_minor'
                ) }}
            else 0
        end as discount_minor,
        -- older orders have their tax as a whole
        case
            when lines_tax_minor = order_tax_minor or all_weights_minor = 0 then tax_minor
            else {{ share_of_minor_units(
                'order_tax_minor', 'weights_to_here_minor', 'all_weights_minor'
            ) }} - {{ share_of_minor_units(
                'order_tax_minor', '(weights_to_here_minor - weight_minor)', 'all_weights_minor'
            ) }}
        end as tax_minor,
        billing_interval,
        billing_interval_count,
        period_start_at,
        coalesce(
            period_end_at,
            case
                when not is_of_plan then period_start_at
                when billing_interval = 'day'
                    then {{ dbt.dateadd('day', 'billing_interval_count', 'period_start_at') }}
                when billing_interval = 'week'
                    then {{ dbt.dateadd('day', '7 * billing_interval_count', 'period_start_at') }}
                when billing_interval = 'month'
                    then {{ dbt.dateadd('month', 'billing_interval_count', 'period_start_at') }}
                when billing_interval = 'year'
                    then {{ dbt.dateadd('year', 'billing_interval_count', 'period_start_at') }}
            end,
            period_start_at
        ) as period_end_at
    from lines_cumulated
)

select * from final
