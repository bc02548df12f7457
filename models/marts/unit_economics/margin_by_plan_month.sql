with fct_revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

revenue_by_customer_and_plan as (
    select
        month,
        coalesce(customer_id, '__unattributed__') as customer_id,
        coalesce(product_id, '__no_plan__') as product_id,
        cast(sum(revenue_usd) as decimal(38, 9)) as revenue_usd
    from fct_revenue_by_month
    group by
        month,
        coalesce(customer_id, '__unattributed__'),
        coalesce(product_id, '__no_plan__')
    having sum(revenue_usd) <> 0
),

-- A customer's cost is shared by what each of its plans earned that month.
plans_weighed as (
    select
        *,
        {{ to_nano('greatest(revenue_usd, 0)') }} as weight_nano,
        sum({{ to_nano('greatest(revenue_usd, 0)') }}) over (
            partition by month, customer_id
            order by {{ in_byte_order('product_id') }}
            rows between unbounded preceding and current row
        ) as weight_to_here,
        sum({{ to_nano('greatest(revenue_usd, 0)') }}) over (
            partition by month, customer_id
        ) as weight_total
    from revenue_by_customer_and_plan
),

costs_of_customers as (
    select
        month,
        customer_id,
        {{ to_nano('cost_usd') }} as cost_nano,
        {{ to_nano('estimated_cost_usd') }} as estimated_nano,
        requests
    from margin_by_customer_month
),

shared_by_plan as (
    select
        plans_weighed.month,
        plans_weighed.product_id,
        plans_weighed.customer_id,
        plans_weighed.revenue_usd,
        sign(costs_of_customers.cost_nano) * (
            {{ floor_divide('abs(costs_of_customers.cost_nano) * weight_to_here', 'weight_total') }}
            - {{ floor_divide(
                'abs(costs_of_customers.cost_nano) * (weight_to_here - weight_nano)', 'weight_total'
            ) }}
        ) as cost_nano,
        {{ floor_divide('costs_of_customers.estimated_nano * weight_to_here', 'weight_total') }}
        - {{ floor_divide(
            'costs_of_customers.estimated_nano * (weight_to_here - weight_nano)', 'weight_total'
        ) }} as estimated_nano,
        {{ floor_divide('costs_of_customers.requests * weight_to_here', 'weight_total') }}
        - {{ floor_divide(
            'costs_of_customers.requests * (weight_to_here - weight_nano)', 'weight_total'
        ) }} as requests
    from plans_weighed
    inner join costs_of_customers
        on
            plans_weighed.month = costs_of_customers.month
            and plans_weighed.customer_id = costs_of_customers.customer_id
),

customers_of_plans as (
    select
        month,
        product_id,
        customer_id,
        revenue_usd,
        coalesce(cost_nano, 0) as cost_nano,
        coalesce(estimated_nano, 0) as estimated_nano,
        coalesce(requests, 0) as requests
    from shared_by_plan
    union all
    -- customers that use and pay nothing, such as free ones, and cost of nobody
    select
        costs_of_customers.month,
        '__no_plan__' as product_id,
        costs_of_customers.customer_id,
        cast(0 as decimal(38, 9)) as revenue_usd,
        costs_of_customers.cost_nano,
        costs_of_customers.estimated_nano,
        costs_of_customers.requests
    from costs_of_customers
    left join plans_weighed
        on
            costs_of_customers.month = plans_weighed.month
            and costs_of_customers.customer_id = plans_weighed.customer_id
            and plans_weighed.weight_total > 0
    where plans_weighed.customer_id is null
),

measures_by_plan as (
    select
        month,
        product_id,
        sum(revenue_usd) as revenue_usd,
        {{ from_nano('sum(cost_nano)') }} as cost_usd,
        {{ from_nano('sum(estimated_nano)') }} as estimated_cost_usd,
        sum(requests) as requests,
        count(distinct case when revenue_usd > 0 then customer_id end) as customers
    from customers_of_plans
    group by
        month,
        product_id
),

final as (
    select
        month,
        product_id,
        cast(revenue_usd as decimal(38, 9)) as revenue_usd,
        cost_usd,
        estimated_cost_usd,
        cast(revenue_usd - cost_usd as decimal(38, 9)) as margin_usd,
        {{ margin_rate('revenue_usd', 'cost_usd') }} as margin_rate,
        cast(requests as bigint) as requests,
        cast(customers as bigint) as customers,
        {{ is_running_month('month') }} as is_provisional
    from measures_by_plan
)

select * from final
