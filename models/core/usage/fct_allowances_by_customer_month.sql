with fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

fct_customer_plans_by_month as (
    select * from {{ ref('fct_customer_plans_by_month') }}
),

plans as (
    select
        product_id,
        max(coalesce(tier, product_name, product_id)) as plan_name,
        max(monthly_calls) as monthly_calls,
        max(overage_usd_per_call) as overage_usd_per_call
    from {{ ref('dim_plans') }}
    group by product_id
),

-- A call is a request to the product; an account whose app logs no requests is measured by the
-- LLM calls that it logs.
usage_by_customer as (
    select
        month,
        customer_id,
        case when sum(calls) > 0 then sum(calls) else sum(llm_calls) end as calls,
        case when sum(calls) > 0 then 'api_request' else 'llm_request' end as calls_counted
    from fct_usage_by_customer_month
    where customer_id <> '__unattributed__'
    group by
        month,
        customer_id
),

plans_ranked as (
    select
        fct_customer_plans_by_month.month,
        fct_customer_plans_by_month.customer_id,
        fct_customer_plans_by_month.product_id,
        fct_customer_plans_by_month.is_trial,
        plans.plan_name,
        plans.overage_usd_per_call,
        sum(plans.monthly_calls) over (
            partition by fct_customer_plans_by_month.month, fct_customer_plans_by_month.customer_id
        ) as allowance,
        row_number() over (
            partition by fct_customer_plans_by_month.month, fct_customer_plans_by_month.customer_id
            order by
                plans.monthly_calls desc nulls last,
                {{ in_byte_order('fct_customer_plans_by_month.product_id') }} asc
        ) as place
    from fct_customer_plans_by_month
    left join plans
        on fct_customer_plans_by_month.product_id = plans.product_id
),

-- before the first month with events nothing is known of calls
event_history as (
    select min(month) as first_month
    from fct_usage_by_customer_month
),

customers_and_months as (
    select
        month,
        customer_id
    from usage_by_customer
    union distinct
    select
        month,
        customer_id
    from plans_ranked
),

final as (
    select
        customers_and_months.month,
        customers_and_months.customer_id,
        plans_ranked.product_id,
        plans_ranked.plan_name,
        coalesce(plans_ranked.is_trial, false) as is_trial,
        cast(plans_ranked.allowance as bigint) as allowance,
        plans_ranked.overage_usd_per_call,
        cast(case
            when usage_by_customer.customer_id is not null then usage_by_customer.calls
            when customers_and_months.month >= event_history.first_month then 0
        end as bigint) as calls,
        usage_by_customer.calls_counted
    from customers_and_months
    cross join event_history
    left join plans_ranked
        on
            customers_and_months.month = plans_ranked.month
            and customers_and_months.customer_id = plans_ranked.customer_id
            and plans_ranked.place = 1
    left join usage_by_customer
        on
            customers_and_months.month = usage_by_customer.month
            and customers_and_months.customer_id = usage_by_customer.customer_id
)

select * from final
