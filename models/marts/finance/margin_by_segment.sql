with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

customers_by_segment as (
    select * from {{ ref('customers_by_segment') }}
),

margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

fct_cost_attribution as (
    select * from {{ ref('fct_cost_attribution') }}
),

-- The same six complete months that churn is taken from.
months_ranked as (
    select
        month,
        row_number() over (order by month desc) as months_ago
    from mrr_by_customer_month
    where not is_provisional
    group by month
),

margins_of_months as (
    select margin_by_customer_month.*
    from margin_by_customer_month
    inner join months_ranked
        on margin_by_customer_month.month = months_ranked.month
    where months_ranked.months_ago <= 6
),

-- Without any AI cost in the warehouse a margin after AI cost is unknown, not 100 %
cost_known as (
    select count(*) as cost_rows
    from fct_cost_attribution
    where cost_kind = 'llm'
),

margins_by_segment as (
    select
        customers_by_segment.segment_kind,
        customers_by_segment.segment,
        sum(margins_of_months.revenue_usd) as revenue_usd,
        sum(margins_of_months.cost_usd) as cost_usd
    from customers_by_segment
    inner join margins_of_months
        on customers_by_segment.customer_id = margins_of_months.customer_id
    where customers_by_segment.segment_kind <> 'all'
    group by
        customers_by_segment.segment_kind,
        customers_by_segment.segment
    union all
    -- The company carries what nobody can be charged for as well.
    select
        'all' as segment_kind,
        'all' as segment,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd) as cost_usd
    from margins_of_months
    having count(*) > 0
),

final as (
    select
        margins_by_segment.segment_kind,
        margins_by_segment.segment,
        cast(margins_by_segment.revenue_usd as decimal(38, 9)) as revenue_usd,
        cast(margins_by_segment.cost_usd as decimal(38, 9)) as cost_usd,
        cast(margins_by_segment.revenue_usd - margins_by_segment.cost_usd as decimal(38, 9))
            as margin_usd,
        case
            when cost_known.cost_rows > 0
                then {{ margin_rate(
                    'margins_by_segment.revenue_usd', 'margins_by_segment.cost_usd'
                ) }}
        end as margin_rate
    from margins_by_segment
    cross join cost_known
)

select * from final
