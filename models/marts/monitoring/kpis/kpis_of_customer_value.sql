with ltv_by_segment as (
    select * from {{ ref('ltv_by_segment') }}
),

retention_by_cohort_month as (
    select * from {{ ref('retention_by_cohort_month') }}
),

mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

newest_complete_month as (
    select max(month) as month
    from mrr_movements_by_month
    where not is_provisional
),

segments as (
    select
        'month' as period_grain,
        newest_complete_month.month as period_start,
        ltv_by_segment.segment_kind as dimension,
        ltv_by_segment.segment as dimension_value,
        ltv_by_segment.ltv_revenue,
        ltv_by_segment.ltv_margin,
        ltv_by_segment.cac,
        ltv_by_segment.ltv_to_cac,
        ltv_by_segment.payback_months,
        ltv_by_segment.new_customers,
        ltv_by_segment.sample_size,
        {{ exact_divide('1', 'ltv_by_segment.churn') }} as lifespan_months,
        false as is_provisional
    from ltv_by_segment
    inner join newest_complete_month
        on newest_complete_month.month is not null
),

cohorts as (
    select
        'month' as period_grain,
        month as period_start,
        'cohort' as dimension,
        cast(cohort_month as {{ dbt.type_string() }}) as dimension_value,
        logo_retention,
        retained_customers,
        customers,
        gross_retention,
        net_retention,
        first_mrr,
        mrr,
        arpa,
        is_provisional
    from retention_by_cohort_month
),

final as (
    {{ kpi_rows(['segments', 'cohorts']) }}
)

select * from final
