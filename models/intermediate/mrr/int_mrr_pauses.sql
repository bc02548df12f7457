{{ config(materialized='table') }}

with int_mrr_slices_valued as (
    select * from {{ ref('int_mrr_slices_valued') }}
),

int_mrr_earning_stretches as (
    select * from {{ ref('int_mrr_earning_stretches') }}
),

int_mrr_migrations as (
    select * from {{ ref('int_mrr_migrations') }}
),

-- A trial after a time that was paid for is a free period; what stands still stays so until it
-- earns again, whatever it is called meanwhile.
stretches_stated as (
    select
        *,
        case when earning_state = 'trial' then 'paused' else earning_state end as movement_state
    from int_mrr_earning_stretches
),

stretches_compared as (
    select
        *,
        lag(movement_state) over (
            partition by subscription_id order by valid_from
        ) as state_before
    from stretches_stated
),

stretches_numbered as (
    select
        *,
        sum(case when state_before = movement_state then 0 else 1 end) over (
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
        end as paused_to,
        min(case when state_before = 'paused' then null else earning_state end) as first_state
    from stretches_numbered
    where movement_state = 'paused'
    group by
        subscription_id,
        stretch_number
),

-- What is paused is what was earned until then; what never earned has nothing to pause. Who moves to
-- another provider stands still between the two.
final as (
    select
        slices_valued.subscription_id,
        slices_valued.subscription_item_id,
        slices_valued.customer_id,
        slices_valued.product_id,
        slices_valued.native_currency,
        case
            when pauses.first_state = 'trial' then 'free_period'
            else 'collection_paused'
        end as reason,
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
    union all
    select
        subscription_id,
        subscription_item_id,
        customer_id,
        product_id,
        native_currency,
        'provider_migration' as reason,
        moved_mrr as paused_mrr,
        moved_from as paused_from,
        moved_to as paused_to
    from int_mrr_migrations
)

select * from final
