with fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

-- before the first month with events nothing is known of use
event_history as (
    select min(month) as first_month
    from fct_usage_by_customer_month
),

customers_and_plans as (
    select
        fct_customer_plans_by_month.*,
        case when fct_customer_plans_by_month.month >= event_history.first_month then 0 end
            as none_used
    from {{ ref('fct_customer_plans_by_month') }} as fct_customer_plans_by_month
    cross join event_history
),

plans as (
    select
        product_id,
        max(product_name) as product_name,
        max(tier) as tier
    from {{ ref('dim_plans') }}
    group by product_id
),

usage_by_customer as (
    select
        month,
        customer_id,
        sum(calls) as calls,
        sum(llm_calls) as llm_calls,
        sum(feature_uses) as feature_uses,
        sum(events) as events,
        sum(case when service <> '__unknown__' then 1 else 0 end) as services_used
    from fct_usage_by_customer_month
    group by
        month,
        customer_id
),

customers_by_plan as (
    select
        customers_and_plans.month,
        customers_and_plans.product_id,
        count(*) as customers,
        sum(case when customers_and_plans.is_trial then 1 else 0 end) as trial_customers,
        sum(case
            when usage_by_customer.customer_id is not null then 1
            else customers_and_plans.none_used
        end) as active_customers,
        sum(coalesce(usage_by_customer.calls, customers_and_plans.none_used)) as calls,
        sum(coalesce(usage_by_customer.llm_calls, customers_and_plans.none_used)) as llm_calls,
        sum(coalesce(usage_by_customer.feature_uses, customers_and_plans.none_used))
            as feature_uses,
        sum(usage_by_customer.services_used) as services_used
    from customers_and_plans
    left join usage_by_customer
        on
            customers_and_plans.month = usage_by_customer.month
            and customers_and_plans.customer_id = usage_by_customer.customer_id
    group by
        customers_and_plans.month,
        customers_and_plans.product_id
),

final as (
    select
        customers_by_plan.month,
        customers_by_plan.product_id,
        plans.product_name,
        plans.tier,
        cast(customers_by_plan.customers as bigint) as customers,
        cast(customers_by_plan.trial_customers as bigint) as trial_customers,
        cast(customers_by_plan.active_customers as bigint) as active_customers,
        {{ ratio('customers_by_plan.active_customers', 'customers_by_plan.customers') }}
            as adoption_rate,
        cast(customers_by_plan.calls as bigint) as calls,
        cast(customers_by_plan.llm_calls as bigint) as llm_calls,
        cast(customers_by_plan.feature_uses as bigint) as feature_uses,
        {{ ratio('customers_by_plan.calls', 'customers_by_plan.active_customers') }}
            as calls_per_active_customer,
        {{ ratio('customers_by_plan.services_used', 'customers_by_plan.active_customers') }}
            as services_per_active_customer,
        {{ is_running_month('customers_by_plan.month') }} as is_provisional
    from customers_by_plan
    left join plans
        on customers_by_plan.product_id = plans.product_id
)

select * from final
