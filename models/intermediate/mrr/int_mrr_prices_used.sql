with int_mrr_item_stretches as (
    select * from {{ ref('int_mrr_item_stretches') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_subscription_phases as (
    select * from {{ ref('int_billing_subscription_phases') }}
),

int_billing_subscription_phase_items as (
    select * from {{ ref('int_billing_subscription_phase_items') }}
),

used_by_items as (
    select distinct
        int_mrr_item_stretches.price_id,
        int_mrr_subscriptions.currency as subscription_currency,
        int_mrr_item_stretches.quantity
    from int_mrr_item_stretches
    inner join int_mrr_subscriptions
        on int_mrr_item_stretches.subscription_id = int_mrr_subscriptions.subscription_id
    where int_mrr_item_stretches.is_present
),

asked_for_by_schedules as (
    select
        phase_items.price_id,
        int_mrr_subscriptions.currency as subscription_currency,
        coalesce(cast(phase_items.quantity as bigint), 1) as quantity
    from int_billing_subscription_phase_items as phase_items
    inner join int_billing_subscription_phases as phases
        on
            phase_items.schedule_id = phases.schedule_id
            and phase_items.phase_number = phases.phase_number
    inner join int_mrr_subscriptions
        on phases.subscription_id = int_mrr_subscriptions.subscription_id
),

final as (
    select * from used_by_items
    union
    select * from asked_for_by_schedules
)

select * from final
