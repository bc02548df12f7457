with insights_of_usage as (
    select * from {{ ref('insights_of_usage') }}
),

insights_of_allowance as (
    select * from {{ ref('insights_of_allowance') }}
),

insights_of_performance as (
    select * from {{ ref('insights_of_performance') }}
),

insights_of_margin as (
    select * from {{ ref('insights_of_margin') }}
),

insights_of_cost as (
    select * from {{ ref('insights_of_cost') }}
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

dim_features as (
    select * from {{ ref('dim_features') }}
),

insights_without_money as (
    select * from insights_of_usage
    union all
    select * from insights_of_allowance
    union all
    select * from insights_of_performance
),

findings as (
    select
        insight_type,
        subject_type,
        subject_id,
        period_grain,
        period_start,
        value,
        expected,
        threshold,
        score,
        sample_size,
        cast(null as decimal(38, 9)) as revenue_usd,
        cast(null as decimal(38, 9)) as cost_usd,
        cast(null as decimal(38, 9)) as margin_usd,
        finding,
        query
    from insights_without_money
    union all
    select
        insight_type,
        subject_type,
        subject_id,
        'month' as period_grain,
        period_start,
        value,
        cast(0 as decimal(38, 9)) as expected,
        cast(0 as decimal(38, 9)) as threshold,
        cast(null as decimal(38, 9)) as score,
        sample_size,
        revenue_usd,
        cost_usd,
        margin_usd,
        finding,
        query
    from insights_of_margin
    union all
    select
        insight_type,
        subject_type,
        subject_id,
        period_grain,
        period_start,
        value,
        expected,
        threshold,
        score,
        cast(null as bigint) as sample_size,
        cast(null as decimal(38, 9)) as revenue_usd,
        cost_usd,
        cast(null as decimal(38, 9)) as margin_usd,
        finding,
        query
    from insights_of_cost
),

final as (
    select
        findings.insight_type || '/' || findings.subject_id || '/'
        || {{ day_text('findings.period_start') }} as insight_id,
        findings.insight_type,
        findings.subject_type,
        findings.subject_id,
        coalesce(
            dim_customers.customer_name, dim_features.feature_name, findings.subject_id
        ) as subject_name,
        findings.period_grain,
        findings.period_start,
        findings.value,
        findings.expected,
        findings.threshold,
        findings.score,
        cast(findings.sample_size as bigint) as sample_size,
        cast(findings.revenue_usd as decimal(38, 9)) as revenue_usd,
        cast(findings.cost_usd as decimal(38, 9)) as cost_usd,
        cast(findings.margin_usd as decimal(38, 9)) as margin_usd,
        coalesce(
            dim_customers.customer_name, dim_features.feature_name, findings.subject_id
        ) || ' (' || findings.subject_id || '): ' || findings.finding || '. '
        || {{ insight_advice('findings.insight_type') }} as message,
        findings.query
    from findings
    left join dim_customers
        on findings.subject_type = 'customer' and findings.subject_id = dim_customers.customer_id
    left join dim_features
        on findings.subject_type = 'feature' and findings.subject_id = dim_features.feature_id
)

select * from final
