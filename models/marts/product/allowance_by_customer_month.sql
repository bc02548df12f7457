with fct_usage_by_customer_month as (
    select * from {{ ref('fct_usage_by_customer_month') }}
),

fct_customer_plans_by_month as (
    select * from {{ ref('fct_customer_plans_by_month') }}
),

margin_by_customer_month as (
    select * from {{ ref('margin_by_customer_month') }}
),

plans as (
    select
        product_id,
        max(coalesce(tier, product_name, product_id)) as plan_name,
        max(monthly_calls) as monthly_calls,
        max(overage_usd_per_call) as overage_usd_per_call,
        max(case when is_active and price_type = 'recurring' then 1 else 0 end) = 1 as is_on_sale
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

joined as (
    select
        customers_and_months.month,
        customers_and_months.customer_id,
        plans_ranked.product_id,
        plans_ranked.plan_name,
        plans_ranked.is_trial,
        plans_ranked.allowance,
        plans_ranked.overage_usd_per_call,
        coalesce(usage_by_customer.calls, 0) as calls,
        usage_by_customer.calls_counted,
        coalesce(margin_by_customer_month.revenue_usd, cast(0 as decimal(38, 9))) as revenue_usd,
        coalesce(margin_by_customer_month.cost_usd, cast(0 as decimal(38, 9))) as cost_usd
    from customers_and_months
    left join plans_ranked
        on
            customers_and_months.month = plans_ranked.month
            and customers_and_months.customer_id = plans_ranked.customer_id
            and plans_ranked.place = 1
    left join usage_by_customer
        on
            customers_and_months.month = usage_by_customer.month
            and customers_and_months.customer_id = usage_by_customer.customer_id
    left join margin_by_customer_month
        on
            customers_and_months.month = margin_by_customer_month.month
            and customers_and_months.customer_id = margin_by_customer_month.customer_id
),

-- the smallest plan on sale that the month's calls fit into, below the share that says it is outgrown
plans_that_fit as (
    select
        joined.month,
        joined.customer_id,
        plans.product_id,
        plans.plan_name,
        plans.monthly_calls,
        row_number() over (
            partition by joined.month, joined.customer_id
            order by
                plans.monthly_calls asc,
                {{ in_byte_order('plans.product_id') }} asc
        ) as place
    from joined
    inner join plans
        on
            plans.is_on_sale
            and joined.calls <= plans.monthly_calls * {{ upsell_share() }}
    where joined.allowance is not null
),

recommended as (
    select
        joined.*,
        plans_that_fit.product_id as fitting_product_id,
        plans_that_fit.plan_name as fitting_plan_name,
        plans_that_fit.monthly_calls as fitting_calls,
        {{ plan_recommendation(
            'joined.calls', 'joined.allowance', 'plans_that_fit.monthly_calls',
            'not ' ~ is_running_month('joined.month')
        ) }} as recommendation
    from joined
    left join plans_that_fit
        on
            joined.month = plans_that_fit.month
            and joined.customer_id = plans_that_fit.customer_id
            and plans_that_fit.place = 1
),

final as (
    select
        month,
        customer_id,
        product_id,
        coalesce(is_trial, false) as is_trial,
        cast(calls as bigint) as calls,
        calls_counted,
        cast(allowance as bigint) as allowance,
        {{ ratio('calls', 'allowance') }} as allowance_used,
        cast(greatest(calls - allowance, 0) as bigint) as overage_calls,
        cast(greatest(calls - allowance, 0) * overage_usd_per_call as decimal(38, 9))
            as overage_usd,
        revenue_usd,
        cost_usd,
        {{ exact_divide('cost_usd', 'calls') }} as cost_usd_per_call,
        {{ exact_divide('revenue_usd', 'calls') }} as revenue_usd_per_call,
        recommendation,
        case when recommendation in ('upgrade', 'downgrade') then fitting_product_id end
            as recommended_product_id,
        {{ plan_recommendation_reason(
            'recommendation', 'calls', 'allowance', 'plan_name', 'fitting_plan_name',
            'fitting_calls'
        ) }} as reason,
        {{ is_running_month('month') }} as is_provisional
    from recommended
)

select * from final
