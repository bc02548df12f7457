with fct_mrr_segments as (
    select * from {{ ref('fct_mrr_segments') }}
),

trials_of_products as (
    select
        subscription_id,
        product_id,
        min(customer_id) as customer_id,
        min(valid_from) as started_at,
        max({{ until('valid_to') }}) as ended_at,
        max(case when valid_to is null then 1 else 0 end) as running
    from fct_mrr_segments
    where earning_state = 'trial'
    group by
        subscription_id,
        product_id
),

-- A product that was left for another within the trial was not tried to its end: the trial is that
-- of what came in its place, from the trial's first moment.
trials_compared as (
    select
        *,
        min(started_at) over (partition by subscription_id) as trial_started_at,
        max(ended_at) over (partition by subscription_id) as trial_ended_at
    from trials_of_products
),

trials as (
    select
        subscription_id,
        product_id,
        customer_id,
        trial_started_at as started_at,
        ended_at,
        running
    from trials_compared
    where ended_at = trial_ended_at
),

earned as (
    select
        subscription_id,
        min(valid_from) as first_earned_at,
        max(valid_from) as last_earned_at
    from fct_mrr_segments
    where mrr > 0
    group by subscription_id
),

final as (
    select
        trials.subscription_id,
        trials.product_id,
        trials.customer_id,
        trials.started_at,
        case when trials.running = 0 then trials.ended_at end as ended_at,
        case
            when earned.last_earned_at >= trials.started_at then 'converted'
            when trials.running = 1 then 'running'
            else 'lost'
        end as outcome
    from trials
    left join earned
        on trials.subscription_id = earned.subscription_id
    -- A free period of a subscription that has already earned is no trial.
    where earned.first_earned_at is null or earned.first_earned_at >= trials.started_at
)

select * from final
