{% set first_month = month_of(dbt.dateadd('month', -2, as_of_timestamp())) %}

-- The days of a month earn what its closed form says, per customer, product and feature: of the
-- running and the last two months, since all are computed alike and all days would be many.
with days_summed as (
    select
        {{ month_of('revenue_date') }} as month,
        coalesce(customer_id, '') as customer_id,
        coalesce(product_id, '') as product_id,
        feature_id,
        sum(revenue_usd) as revenue_usd
    from {{ ref('fct_revenue_by_day') }}
    where revenue_date >= {{ first_month }}
    group by
        {{ month_of('revenue_date') }},
        coalesce(customer_id, ''),
        coalesce(product_id, ''),
        feature_id
),

months as (
    select
        month,
        coalesce(customer_id, '') as customer_id,
        coalesce(product_id, '') as product_id,
        feature_id,
        revenue_usd
    from {{ ref('fct_revenue_by_month') }}
    where month >= {{ first_month }}
)

select
    months.month,
    months.customer_id,
    months.feature_id,
    months.revenue_usd,
    days_summed.revenue_usd as days_revenue_usd
from months
full outer join days_summed
    on
        months.month = days_summed.month
        and months.customer_id = days_summed.customer_id
        and months.product_id = days_summed.product_id
        and months.feature_id = days_summed.feature_id
where coalesce(months.revenue_usd, 0) <> coalesce(days_summed.revenue_usd, 0)
