with int_mrr_customer_days as (
    select * from {{ ref('int_mrr_customer_days') }}
),

int_mrr_pauses as (
    select * from {{ ref('int_mrr_pauses') }}
),

-- Days on which something begins or ends that is no plain pause.
other_pause_days as (
    select
        customer_id,
        {{ local_day_of('paused_from') }} as ledger_date,
        reason
    from int_mrr_pauses
    where reason <> 'collection_paused'
    union
    select
        customer_id,
        {{ local_day_of('paused_to') }} as ledger_date,
        reason
    from int_mrr_pauses
    where reason <> 'collection_paused' and paused_to is not null
),

reasons_of_days as (
    select
        customer_id,
        ledger_date,
        min(reason) as reason
    from other_pause_days
    group by
        customer_id,
        ledger_date
),

-- The rest of a day's change is what currency and pauses do not explain.
rest_classified as (
    select
        customer_id,
        ledger_date,
        rest_change,
        case
            when total_before = 0 and total_after > 0 and ledger_date = first_paid_date then 'new'
            when total_before = 0 and total_after > 0 then 'reactivation'
            when total_before > 0 and total_after = 0 then 'churn'
            when rest_change > 0 then 'expansion'
            else 'contraction'
        end as movement_type,
        case
            when total_before > 0 and total_after = 0 and earning_items > 0 then 'to_free'
            when total_before > 0 and total_after = 0 and unpaid_items > 0 then 'unpaid'
            when total_before > 0 and total_after = 0 then 'ended'
            when total_before = 0 then 'started'
            when gross_change = 0 and discount_change < 0 then 'discount_expired'
            when gross_change = 0 and discount_change > 0 then 'discount_started'
            else 'plan_or_quantity'
        end as reason
    from int_mrr_customer_days
    where rest_change <> 0
),

all_movements as (
    select
        customer_id,
        ledger_date,
        movement_type,
        rest_change as mrr_change,
        reason
    from rest_classified
    union all
    select
        customer_days.customer_id,
        customer_days.ledger_date,
        case when customer_days.pause_change < 0 then 'pause' else 'resume' end as movement_type,
        customer_days.pause_change as mrr_change,
        coalesce(reasons_of_days.reason, 'collection_paused') as reason
    from int_mrr_customer_days as customer_days
    left join reasons_of_days
        on
            customer_days.customer_id = reasons_of_days.customer_id
            and customer_days.ledger_date = reasons_of_days.ledger_date
    where customer_days.pause_change <> 0
    union all
    select
        customer_id,
        ledger_date,
        'fx' as movement_type,
        fx_change as mrr_change,
        'exchange_rate' as reason
    from int_mrr_customer_days
    where fx_change <> 0
),

final as (
    select
        customer_id,
        ledger_date as movement_date,
        movement_type,
        cast(mrr_change as decimal(38, 9)) as mrr_change,
        '{{ report_currency() }}' as currency,
        reason
    from all_movements
)

select * from final
