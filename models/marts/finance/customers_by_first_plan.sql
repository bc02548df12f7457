with mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

dim_plans as (
    select * from {{ ref('dim_plans') }}
),

customers_who_paid as (
    select
        customer_id,
        min(cohort_month) as cohort_month,
        min(case when is_churned then month end) as first_left_month,
        max(month) as last_month
    from mrr_by_customer_month
    where
        not is_provisional
        and month >= cohort_month
    group by customer_id
),

plans_ranked as (
    select
        segments.customer_id,
        segments.product_id,
        case plans.billing_interval
            when 'year' then 12
            else 1
        end * case
            when plans.billing_interval in ('month', 'year')
                then coalesce(plans.billing_interval_count, 1)
            else 1
        end as interval_months,
        row_number() over (
            partition by segments.customer_id
            order by
                segments.valid_from asc,
                segments.mrr desc,
                {{ in_byte_order('segments.subscription_item_id') }} asc
        ) as place
    from fct_mrr_segments as segments
    inner join dim_plans as plans
        on segments.price_id = plans.price_id
    where
        segments.mrr > 0
        and not segments.is_usage
),

-- Those who share a plan at first and renew as often meet their renewals alike.
final as (
    select
        customers_who_paid.customer_id,
        coalesce(plans_ranked.product_id, '__no_plan__') as product_id,
        cast(plans_ranked.interval_months as integer) as interval_months,
        customers_who_paid.cohort_month,
        customers_who_paid.first_left_month,
        customers_who_paid.last_month
    from customers_who_paid
    inner join plans_ranked
        on customers_who_paid.customer_id = plans_ranked.customer_id
    where plans_ranked.place = 1
)

select * from final
