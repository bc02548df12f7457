{{ config(materialized='table') }}

with int_mrr_periods_charged as (
    select * from {{ ref('int_mrr_periods_charged') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

first_periods_paid as (
    select
        subscription_id,
        min(period_start_at) as proven_from
    from int_mrr_periods_charged
    where invoice_status = 'paid'
    group by subscription_id
),

-- What is sent for later payment counts from then on, until it is given up.
proofs as (
    select
        subscription_id,
        proven_from,
        cast(null as {{ timestamp_type() }}) as proven_to
    from first_periods_paid
    union all
    select
        subscription_id,
        finalized_at as proven_from,
        given_up_at as proven_to
    from int_mrr_periods_charged
    where
        collection_method = 'send_invoice'
        and finalized_at is not null
        and invoice_status in ('open', 'void', 'uncollectible', 'credited')
        and (invoice_status = 'open' or given_up_at > finalized_at)
    union all
    -- Nothing was ever charged for: its state alone says what it earns.
    select
        subscriptions.subscription_id,
        cast('1970-01-01' as {{ timestamp_type() }}) as proven_from,
        cast(null as {{ timestamp_type() }}) as proven_to
    from int_mrr_subscriptions as subscriptions
    left join int_mrr_periods_charged
        on subscriptions.subscription_id = int_mrr_periods_charged.subscription_id
    where
        int_mrr_periods_charged.subscription_id is null
        or '{{ mrr_switch('require_first_payment') }}' = 'false'
),

proofs_compared as (
    select
        *,
        max(coalesce(proven_to, {{ dbt.dateadd('day', 1, as_of_timestamp()) }})) over (
            partition by subscription_id
            order by proven_from, proven_to
            rows between unbounded preceding and 1 preceding
        ) as proven_before_to
    from proofs
),

proofs_numbered as (
    select
        *,
        sum(case when proven_before_to >= proven_from then 0 else 1 end) over (
            partition by subscription_id
            order by proven_from, proven_to
            rows between unbounded preceding and current row
        ) as stretch_number
    from proofs_compared
),

final as (
    select
        subscription_id,
        min(proven_from) as proven_from,
        case
            when max(case when proven_to is null then 1 else 0 end) = 0 then max(proven_to)
        end as proven_to
    from proofs_numbered
    group by
        subscription_id,
        stretch_number
)

select * from final
