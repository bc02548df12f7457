{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}

with mrr_movements_by_month as (
    select * from {{ ref('mrr_movements_by_month') }}
),

complete_months as (
    select
        *,
        '{{ mrr_rules() }}' as rules
    from mrr_movements_by_month
    where not is_provisional
),

-- What was once closed stays as it was.
final as (
    select
        month,
        opening_mrr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churn_mrr,
        reactivation_mrr,
        pause_mrr,
        resume_mrr,
        fx_mrr,
        closing_mrr,
        opening_customers,
        new_customers,
        churned_customers,
        reactivated_customers,
        closing_customers,
        currency,
        rules,
        {{ as_of_timestamp() }} as closed_at
    from complete_months
    where {{ is_not_kept_yet('complete_months', ['month', 'currency', 'rules']) }}
)

select * from final
