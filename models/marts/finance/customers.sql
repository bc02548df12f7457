with dim_customers as (
    select * from {{ ref('dim_customers') }}
),

fct_customers_now as (
    select * from {{ ref('fct_customers_now') }}
),

fct_customers_last_30_days as (
    select * from {{ ref('fct_customers_last_30_days') }}
),

customer_health as (
    select * from {{ ref('customer_health') }}
),

measured as (
    select
        dim_customers.customer_id,
        dim_customers.customer_name,
        fct_customers_now.plan_name,
        fct_customers_now.product_id,
        fct_customers_now.status,
        dim_customers.billing_provider,
        dim_customers.source_account,
        fct_customers_now.mrr,
        customer_health.health,
        fct_customers_now.first_paid_date,
        fct_customers_last_30_days.last_seen_at,
        dim_customers.acquisition_channel,
        dim_customers.country,
        dim_customers.created_at,
        coalesce(fct_customers_last_30_days.revenue_usd_30d, cast(0 as decimal(38, 9)))
            as revenue_usd_30d,
        coalesce(fct_customers_last_30_days.ai_cost_usd_30d, cast(0 as decimal(38, 9)))
            as ai_cost_usd_30d,
        coalesce(fct_customers_last_30_days.llm_calls_30d, 0) as llm_calls_30d,
        coalesce(fct_customers_last_30_days.api_requests_30d, 0) as api_requests_30d
    from dim_customers
    inner join fct_customers_now
        on dim_customers.customer_id = fct_customers_now.customer_id
    left join fct_customers_last_30_days
        on dim_customers.customer_id = fct_customers_last_30_days.customer_id
    left join customer_health
        on dim_customers.customer_id = customer_health.customer_id
),

final as (
    select
        customer_id,
        customer_name,
        plan_name as plan,
        product_id,
        status,
        billing_provider,
        source_account,
        mrr,
        '{{ report_currency() }}' as currency,
        revenue_usd_30d,
        ai_cost_usd_30d,
        cast(revenue_usd_30d - ai_cost_usd_30d as decimal(38, 9)) as margin_usd_30d,
        {{ margin_rate('revenue_usd_30d', 'ai_cost_usd_30d') }} as margin_rate,
        cast(llm_calls_30d as bigint) as llm_calls_30d,
        cast(api_requests_30d as bigint) as api_requests_30d,
        health,
        first_paid_date,
        last_seen_at,
        acquisition_channel,
        country,
        created_at
    from measured
)

select * from final
