with margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

margin_by_feature_month as (
    select * from {{ ref('margin_by_feature_month') }}
),

clock as (
    select
        cast({{ dbt.dateadd('month', -1, month_of(as_of_timestamp())) }} as date) as last_month,
        cast({{ dbt.dateadd('month', -2, month_of(as_of_timestamp())) }} as date) as month_before
),

-- Where nothing was earned at all, revenue is not loaded, and nothing is known of margins.
months_with_revenue as (
    select month
    from margin_by_customer_month
    group by month
    having sum(revenue_usd) > 0
),

-- Where nothing cost any AI, no cost is loaded, and what a feature leaves is not known either.
months_with_cost as (
    select month
    from margin_by_feature_month
    group by month
    having max(abs(cost_usd)) > 0
),

customers_losing as (
    select
        margin_by_customer_month.customer_id,
        clock.last_month,
        clock.month_before,
        count(*) as months_losing,
        cast(sum(margin_by_customer_month.revenue_usd) as decimal(38, 9)) as revenue_usd,
        cast(sum(margin_by_customer_month.cost_usd) as decimal(38, 9)) as cost_usd,
        cast(sum(margin_by_customer_month.margin_usd) as decimal(38, 9)) as margin_usd,
        cast(sum(margin_by_customer_month.requests) as bigint) as requests
    from margin_by_customer_month
    inner join clock
        on margin_by_customer_month.month in (clock.last_month, clock.month_before)
    inner join months_with_revenue
        on margin_by_customer_month.month = months_with_revenue.month
    where
        margin_by_customer_month.margin_usd < 0
        and margin_by_customer_month.customer_id <> '__unattributed__'
    group by
        margin_by_customer_month.customer_id,
        clock.last_month,
        clock.month_before
    having count(*) = 2
),

features_of_last_month as (
    select
        margin_by_feature_month.*,
        sum(greatest(margin_by_feature_month.margin_usd, 0)) over () as margins_usd,
        sum(margin_by_feature_month.revenue_usd) over () as revenue_of_features_usd
    from margin_by_feature_month
    inner join clock
        on margin_by_feature_month.month = clock.last_month
    inner join months_with_cost
        on margin_by_feature_month.month = months_with_cost.month
    where margin_by_feature_month.feature_id not in ('__unattributed__', '__unallocated__')
),

features_judged as (
    select
        *,
        {{ profit_badge('revenue_usd', 'cost_usd', 'margin_usd', 'margins_usd') }} as badge
    from features_of_last_month
),

final as (
    select
        'unprofitable_customer' as insight_type,
        'customer' as subject_type,
        customer_id as subject_id,
        last_month as period_start,
        margin_usd as value,
        revenue_usd,
        cost_usd,
        margin_usd,
        requests as sample_size,
        'cost ' || {{ money_text('cost_usd') }} || ' dollars of AI and brought '
        || {{ money_text('revenue_usd') }} || ' in ' || {{ month_text('month_before') }} || ' and '
        || {{ month_text('last_month') }} || ', below zero in both' as finding,
        'select month, revenue_usd, cost_usd, margin_usd, margin_rate, requests'
        || ' from unit_economics.margin_by_customer_month where customer_id = '
        || {{ sql_text('customer_id') }} || ' order by month' as query
    from customers_losing
    union all
    select
        badge || '_feature' as insight_type,
        'feature' as subject_type,
        feature_id as subject_id,
        month as period_start,
        margin_usd as value,
        revenue_usd,
        cost_usd,
        margin_usd,
        requests as sample_size,
        'brought ' || {{ money_text('revenue_usd') }} || ' dollars and cost '
        || {{ money_text('cost_usd') }} || ' of AI in ' || {{ month_text('month') }}
        || {{ share_of_margin_text('margin_usd', 'margins_usd') }} as finding,
        'select month, revenue_usd, cost_usd, margin_usd, margin_rate, requests'
        || ' from unit_economics.margin_by_feature_month where feature_id = '
        || {{ sql_text('feature_id') }} || ' order by month' as query
    from features_judged
    -- Where no product is said to hold a feature, no feature's revenue is known.
    where badge is not null and revenue_of_features_usd > 0
)

select * from final
