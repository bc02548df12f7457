{{ config(materialized='table') }}

with int_mrr_slices_valued as (
    select * from {{ ref('int_mrr_slices_valued') }}
),

int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
),

stretches_compared as (
    select
        *,
        lag(earning_state) over (
            partition by subscription_id order by valid_from
        ) as state_before
    from int_mrr_earning_stretches
),

stretches_numbered as (
    select
        *,
        sum(case when state_before = earning_state then 0 else 1 end) over (
            partition by subscription_id
            order by valid_from
            rows between unbounded preceding and current row
        ) as stretch_number
    from stretches_compared
),

pauses as (
    select
        subscription_id,
        min(valid_from) as paused_from,
        case
            when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to)
        end as paused_to
    from stretches_numbered
    where earning_state = 'paused'
    group by
        subscription_id,
        stretch_number
),

-- What is paused is what was earned until then; what never earned has nothing to pause.
final as (
    select
        slices_valued.subscription_id,
        slices_valued.subscription_item_id,
        slices_valued.customer_id,
        slices_valued.product_id,
        slices_valued.native_currency,
        slices_valued.mrr as paused_mrr,
        pauses.paused_from,
        pauses.paused_to
    from int_mrr_slices_valued as slices_valued
    inner join pauses
        on
            slices_valued.subscription_id = pauses.subscription_id
            and slices_valued.valid_to = pauses.paused_from
    where
        slices_valued.earning_state = 'earning'
        and slices_valued.mrr > 0
)

select * from final
