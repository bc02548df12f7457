with adoption_by_plan_month as (
    select * from {{ ref('adoption_by_plan_month') }}
),

fct_customer_plans_by_month as (
    select * from {{ ref('fct_customer_plans_by_month') }}
),

fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

usage_by_plan_and_service as (
    select
        fct_customer_plans_by_month.month,
        fct_customer_plans_by_month.product_id,
        fct_usage_by_customer_month.service,
        count(*) as active_customers,
        sum(fct_usage_by_customer_month.calls) as calls,
        sum(fct_usage_by_customer_month.llm_calls) as llm_calls
    from fct_customer_plans_by_month
    inner join fct_usage_by_customer_month
        on
            fct_customer_plans_by_month.month = fct_usage_by_customer_month.month
            and fct_customer_plans_by_month.customer_id = fct_usage_by_customer_month.customer_id
    where fct_usage_by_customer_month.service <> '__unknown__'
    group by
        fct_customer_plans_by_month.month,
        fct_customer_plans_by_month.product_id,
        fct_usage_by_customer_month.service
),

final as (
    select
        usage_by_plan_and_service.month,
        usage_by_plan_and_service.product_id,
        usage_by_plan_and_service.service,
        adoption_by_plan_month.tier,
        cast(usage_by_plan_and_service.active_customers as bigint) as active_customers,
        adoption_by_plan_month.customers,
        {{ ratio(
            'usage_by_plan_and_service.active_customers', 'adoption_by_plan_month.customers'
        ) }} as adoption_rate,
        cast(usage_by_plan_and_service.calls as bigint) as calls,
        cast(usage_by_plan_and_service.llm_calls as bigint) as llm_calls,
        adoption_by_plan_month.is_provisional
    from usage_by_plan_and_service
    inner join adoption_by_plan_month
        on
            usage_by_plan_and_service.month = adoption_by_plan_month.month
            and usage_by_plan_and_service.product_id = adoption_by_plan_month.product_id
)

select * from final
