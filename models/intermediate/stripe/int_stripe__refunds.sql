with stripe_refunds as (
    select * from {{ ref('stg_stripe__refunds') }}
),

stripe_charge_refunds as (
    select * from {{ ref('stg_stripe__charge_refunds') }}
),

stripe_credit_notes as (
    select * from {{ ref('stg_stripe__credit_notes') }}
),

stripe_credit_note_refunds as (
    select * from {{ ref('stg_stripe__credit_note_refunds') }}
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

-- the oldest shape has refunds inside their charge only
refunds_of_all_shapes as (
    select
        stripe_refunds.source_account,
        stripe_refunds.refund_id,
        coalesce(stripe_refunds.charge_id, collected_by_intent.payment_id) as payment_id,
        stripe_refunds.refund_status,
        stripe_refunds.reason,
        stripe_refunds.balance_transaction_id,
        stripe_refunds.currency,
        stripe_refunds.amount,
        stripe_refunds.created_at
    from stripe_refunds
    left join collected_by_intent
        on stripe_refunds.payment_intent_id = collected_by_intent.payment_intent_id
    where not stripe_refunds.is_deleted
    union all
    select
        stripe_charge_refunds.source_account,
        stripe_charge_refunds.refund_id,
        stripe_charge_refunds.charge_id as payment_id,
        coalesce(stripe_charge_refunds.refund_status, 'succeeded') as refund_status,
        stripe_charge_refunds.reason,
        cast(null as {{ dbt.type_string() }}) as balance_transaction_id,
        stripe_charge_refunds.currency,
        stripe_charge_refunds.amount,
        stripe_charge_refunds.created_at
    from stripe_charge_refunds
    left join stripe_refunds
        on stripe_charge_refunds.refund_id = stripe_refunds.refund_id
    where stripe_refunds.refund_id is null
),

notes_of_refunds as (
    select
        refund_id,
        credit_note_id
    from stripe_credit_notes
    where refund_id is not null
    union
    select
        refund_id,
        credit_note_id
    from stripe_credit_note_refunds
    where refund_id is not null
),

notes_chosen as (
    select
        refund_id,
        min(credit_note_id) as credit_note_id
    from notes_of_refunds
    group by refund_id
),

final as (
    select
        -- keys
        refunds_of_all_shapes.source_account,
        refunds_of_all_shapes.refund_id,
        refunds_of_all_shapes.payment_id,
        notes_chosen.credit_note_id,
        refunds_of_all_shapes.balance_transaction_id,
        -- facts
        refunds_of_all_shapes.refund_status,
        refunds_of_all_shapes.reason,
        refunds_of_all_shapes.currency,
        refunds_of_all_shapes.amount,
        refunds_of_all_shapes.created_at
    from refunds_of_all_shapes
    left join notes_chosen
        on refunds_of_all_shapes.refund_id = notes_chosen.refund_id
)

select * from final
