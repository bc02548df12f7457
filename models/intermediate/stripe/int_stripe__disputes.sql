with stripe_disputes as (
    select * from {{ ref('stg_stripe__disputes') }}
),

dispute_movements as (
    select * from {{ ref('int_stripe__dispute_movements') }}
),

payments as (
    select * from {{ ref('int_stripe__payments') }}
),

collected_by_intent as (
    select
        payment_intent_id,
        max(payment_id) as payment_id
    from payments
    where is_collected and payment_intent_id is not null
    group by payment_intent_id
),

movements_summed as (
    select
        dispute_id,
        max(fee_currency) as fee_currency,
        sum(fee_amount) as fee_amount,
        min(case when movement_type = 'withdrawn' then moved_at end) as withdrawn_at,
        max(case when movement_type = 'reinstated' then moved_at end) as reinstated_at,
        sum(
            case when movement_type = 'withdrawn' then amount else cast(0 as decimal(38, 9)) end
        ) as withdrawn_amount,
        sum(
            case when movement_type = 'reinstated' then amount else cast(0 as decimal(38, 9)) end
        ) as reinstated_amount
    from dispute_movements
    group by dispute_id
),

payments_resolved as (
    select
        stripe_disputes.*,
        coalesce(stripe_disputes.charge_id, collected_by_intent.payment_id) as payment_id
    from stripe_disputes
    left join collected_by_intent
        on stripe_disputes.payment_intent_id = collected_by_intent.payment_intent_id
    where not stripe_disputes.is_deleted
),

final as (
    select
        -- keys
        payments_resolved.source_account,
        payments_resolved.dispute_id,
        payments_resolved.payment_id,
        -- facts
        payments_resolved.dispute_status,
        payments_resolved.reason,
        -- an inquiry or a prevented dispute moves no money
        movements_summed.withdrawn_at is not null as is_chargeback,
        payments_resolved.currency,
        payments_resolved.amount,
        cast(coalesce(movements_summed.withdrawn_amount, 0) as decimal(38, 9)) as withdrawn_amount,
        cast(coalesce(movements_summed.reinstated_amount, 0) as decimal(38, 9))
            as reinstated_amount,
        movements_summed.fee_currency,
        cast(coalesce(movements_summed.fee_amount, 0) as decimal(38, 9)) as fee_amount,
        -- times
        payments_resolved.created_at,
        movements_summed.withdrawn_at,
        movements_summed.reinstated_at as won_at,
        case
            when payments_resolved.dispute_status = 'lost' then payments_resolved.lost_seen_at
        end as lost_at
    from payments_resolved
    left join movements_summed
        on payments_resolved.dispute_id = movements_summed.dispute_id
)

select * from final
