with fct_mrr_movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

fct_cancellations as (
    select * from {{ ref('fct_cancellations') }}
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

churns as (
    select
        customer_id,
        movement_date,
        mrr_change,
        currency,
        reason
    from fct_mrr_movements
    where movement_type = 'churn'
),

-- A subscription speaks of the day it ended on, or was asked to: the day that churn is booked on.
days_of_leaving as (
    select
        customer_id,
        {{ local_day_of('ended_at') }} as left_on,
        cancellation_reason,
        cancellation_feedback,
        cancellation_comment
    from fct_cancellations
    where ended_at is not null
    union distinct
    select
        customer_id,
        {{ local_day_of('requested_at') }} as left_on,
        cancellation_reason,
        cancellation_feedback,
        cancellation_comment
    from fct_cancellations
    where requested_at is not null
),

reasons as (
    select
        customer_id,
        left_on,
        {{ if_one('cancellation_reason') }} as cancellation_reason,
        {{ if_one('cancellation_feedback') }} as cancellation_feedback,
        {{ if_one('cancellation_comment') }} as cancellation_comment
    from days_of_leaving
    group by
        customer_id,
        left_on
),

final as (
    select
        churns.customer_id,
        dim_customers.customer_name,
        churns.movement_date as churn_date,
        {{ month_of('churns.movement_date') }} as month,
        churns.mrr_change,
        churns.currency,
        churns.reason,
        reasons.cancellation_reason,
        reasons.cancellation_feedback,
        reasons.cancellation_comment,
        dim_customers.billing_provider
    from churns
    left join dim_customers
        on churns.customer_id = dim_customers.customer_id
    left join reasons
        on
            churns.customer_id = reasons.customer_id
            and churns.movement_date = reasons.left_on
)

select * from final
