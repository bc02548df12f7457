with fct_customers_now as (
    select * from {{ ref('fct_customers_now') }}
),

fct_customers_last_30_days as (
    select * from {{ ref('fct_customers_last_30_days') }}
),

allowance_by_customer_month as (
    select * from {{ ref('allowance_by_customer_month') }}
),

-- The last complete month says how much of a plan is used.
allowances_ranked as (
    select
        customer_id,
        recommendation,
        row_number() over (partition by customer_id order by month desc) as place
    from allowance_by_customer_month
    where not is_provisional
),

parts as (
    select
        fct_customers_now.customer_id,
        fct_customers_now.leaves_at,
        {{ health_of_use(
            'coalesce(fct_customers_last_30_days.events_28d, 0)',
            'coalesce(fct_customers_last_30_days.events_28d_before, 0)'
        ) }} as use_points,
        {{ health_of_payment('fct_customers_now.at_risk_mrr') }} as payment_points,
        {{ health_of_margin(
            'coalesce(fct_customers_last_30_days.revenue_usd_30d, 0)',
            'coalesce(fct_customers_last_30_days.ai_cost_usd_30d, 0)'
        ) }} as margin_points,
        {{ health_of_plan('allowances_ranked.recommendation') }} as plan_points
    from fct_customers_now
    left join fct_customers_last_30_days
        on fct_customers_now.customer_id = fct_customers_last_30_days.customer_id
    left join allowances_ranked
        on
            fct_customers_now.customer_id = allowances_ranked.customer_id
            and allowances_ranked.place = 1
    where fct_customers_now.mrr > 0
),

scored as (
    select
        *,
        cast(
            {{ exact_divide(
                '100 * (coalesce(use_points, 0) + payment_points + coalesce(margin_points, 0)'
                ~ ' + coalesce(plan_points, 0))',
                '(25 + case when use_points is null then 0 else 25 end'
                ~ ' + case when margin_points is null then 0 else 25 end'
                ~ ' + case when plan_points is null then 0 else 25 end)',
                0
            ) }} as integer
        ) as score
    from parts
),

final as (
    select
        customer_id,
        case
            when
                leaves_at is not null
                or payment_points = 0
                or use_points = 0
                or margin_points = 0
                then 'at_risk'
            when score < 80 then 'watch'
            else 'good'
        end as health,
        score,
        {{ health_reasons(
            'use_points', 'payment_points', 'margin_points', 'plan_points', 'leaves_at'
        ) }} as reasons,
        cast(use_points as integer) as use_points,
        cast(payment_points as integer) as payment_points,
        cast(margin_points as integer) as margin_points,
        cast(plan_points as integer) as plan_points,
        leaves_at
    from scored
)

select * from final
