with dim_customers as (
    select *
    from {{ ref('dim_customers') }}
    where not is_placeholder
),

fct_mrr_customer_days as (
    select * from {{ ref('fct_mrr_customer_days') }}
),

fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

fct_mrr_commitments as (
    select * from {{ ref('fct_mrr_commitments') }}
),

dim_products as (
    select * from {{ ref('dim_products') }}
),

latest_days as (
    select
        *,
        row_number() over (partition by customer_id order by ledger_date desc) as place
    from fct_mrr_customer_days
),

-- Of several products at once, the one that brings most is the customer's plan.
open_segments as (
    select
        customer_id,
        product_id,
        max(case when earning_state = 'earning' and mrr > 0 then 1 else 0 end)
            over (partition by customer_id) as is_earning,
        max(
            case
                when earning_state = 'earning' and mrr > 0 and status = 'past_due' then 1 else 0
            end
        ) over (partition by customer_id) as is_late,
        max(case when earning_state = 'trial' then 1 else 0 end)
            over (partition by customer_id) as is_trial,
        max(case when earning_state = 'paused' then 1 else 0 end)
            over (partition by customer_id) as is_paused,
        row_number() over (
            partition by customer_id
            order by
                mrr desc,
                contract_mrr desc,
                {{ in_byte_order('product_id') }} asc,
                {{ in_byte_order('subscription_item_id') }} asc
        ) as place
    from fct_mrr_segments
    where valid_to is null and earning_state in ('earning', 'trial', 'paused')
),

leaving as (
    select
        customer_id,
        min(changes_at) as leaves_at
    from fct_mrr_commitments
    where committed_mrr = 0 and mrr > 0
    group by customer_id
),

final as (
    select
        dim_customers.customer_id,
        open_segments.product_id,
        coalesce(dim_products.product_name, open_segments.product_id) as plan_name,
        latest_days.first_paid_date,
        coalesce(latest_days.mrr, cast(0 as decimal(38, 9))) as mrr,
        coalesce(latest_days.at_risk_mrr, cast(0 as decimal(38, 9))) as at_risk_mrr,
        leaving.leaves_at,
        case
            when latest_days.at_risk_mrr > 0 then 'past_due'
            when latest_days.mrr > 0 then 'paying'
            -- who pays in a currency without any rate has no MRR that can be shown, and has not left
            when open_segments.is_late = 1 then 'past_due'
            when open_segments.is_earning = 1 then 'paying'
            when open_segments.is_trial = 1 then 'trialing'
            when open_segments.is_paused = 1 then 'paused'
            when latest_days.first_paid_date is not null then 'churned'
            else 'free'
        end as status
    from dim_customers
    left join latest_days
        on
            dim_customers.customer_id = latest_days.customer_id
            and latest_days.place = 1
    left join open_segments
        on
            dim_customers.customer_id = open_segments.customer_id
            and open_segments.place = 1
    left join dim_products
        on open_segments.product_id = dim_products.product_id
    left join leaving
        on dim_customers.customer_id = leaving.customer_id
)

select * from final
