with mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

mrr_by_day as (
    select * from {{ ref('mrr_by_day') }}
),

mrr_by_plan_month as (
    select * from {{ ref('mrr_by_plan_month') }}
),

committed_mrr_by_subscription as (
    select * from {{ ref('committed_mrr_by_subscription') }}
),

months as (
    select
        'month' as period_grain,
        month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        closing_mrr as mrr,
        closing_customers as customers,
        closing_mrr - opening_mrr as mrr_gained,
        -(churn_mrr + contraction_mrr) as mrr_lost,
        -(churn_mrr + contraction_mrr + expansion_mrr) as mrr_lost_net,
        new_mrr + expansion_mrr + reactivation_mrr as mrr_won,
        opening_mrr,
        opening_customers,
        arr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churn_mrr,
        reactivation_mrr,
        pause_mrr,
        resume_mrr,
        fx_mrr,
        net_new_mrr,
        new_customers,
        churned_customers,
        reactivated_customers,
        customer_churn_rate,
        gross_mrr_churn_rate,
        net_mrr_churn_rate,
        kept_mrr,
        retained_mrr,
        kept_mrr_12_months,
        retained_mrr_12_months,
        mrr_12_months_ago,
        grr,
        nrr,
        grr_12_months,
        nrr_12_months,
        quick_ratio,
        arpa,
        mrr_qoq_growth,
        mrr_yoy_growth,
        customers_ever,
        customer_retention_rate,
        is_provisional
    from mrr_movements_by_month
),

days as (
    select
        'day' as period_grain,
        date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        mrr,
        arr,
        customers,
        is_provisional
    from mrr_by_day
),

plans as (
    select
        'month' as period_grain,
        month as period_start,
        'plan' as dimension,
        product_id as dimension_value,
        mrr,
        arr,
        customers,
        arpa,
        opening_customers,
        churned_customers,
        customer_churn_rate,
        is_provisional
    from mrr_by_plan_month
),

-- Of the clock alone: what was agreed on an earlier day is not kept.
committed as (
    select
        'day' as period_grain,
        {{ report_day() }} as period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(committed_mrr) as committed_mrr,
        count(*) as subscriptions,
        true as is_provisional
    from committed_mrr_by_subscription
),

final as (
    {{ kpi_rows(['months', 'days', 'plans'], ['committed']) }}
)

select * from final
