-- Recognised revenue of a month is the same in the finance and the unit economics marts, where both
-- are in US dollars.
select
    revenue_by_month.month,
    revenue_by_month.recognised_revenue,
    profit_by_month.revenue_usd
from {{ ref('revenue_by_month') }} as revenue_by_month
inner join {{ ref('profit_by_month') }} as profit_by_month
    on revenue_by_month.month = profit_by_month.month
where
    revenue_by_month.currency = 'usd'
    and revenue_by_month.recognised_revenue <> profit_by_month.revenue_usd
