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

-- a note of newer shape says how much of each refund is its own, one of the older has one refund
notes_of_refunds as (
    select
        stripe_credit_note_refunds.refund_id,
        stripe_credit_notes.credit_note_id,
        coalesce(stripe_credit_note_refunds.amount_refunded, stripe_credit_notes.amount)
            as amount
    from stripe_credit_note_refunds
    inner join stripe_credit_notes
        on stripe_credit_note_refunds.credit_note_id = stripe_credit_notes.credit_note_id
    where
        stripe_credit_note_refunds.refund_id is not null
        and not stripe_credit_notes.is_deleted
        and stripe_credit_notes.credit_note_status <> 'void'
    union all
    select
        stripe_credit_notes.refund_id,
        stripe_credit_notes.credit_note_id,
        stripe_credit_notes.amount
    from stripe_credit_notes
    left join stripe_credit_note_refunds
        on
            stripe_credit_notes.credit_note_id = stripe_credit_note_refunds.credit_note_id
            and stripe_credit_notes.refund_id = stripe_credit_note_refunds.refund_id
    where
        stripe_credit_notes.refund_id is not null
        and stripe_credit_note_refunds.refund_id is null
        and not stripe_credit_notes.is_deleted
        and stripe_credit_notes.credit_note_status <> 'void'
),

-- what was authorised and never captured, in whole or in part, is let go by a refund of nothing
releases as (
    select
        refunds_of_all_shapes.refund_id,
        row_number() over (
            partition by
                refunds_of_all_shapes.payment_id,
                case when not payments.is_collected then refunds_of_all_shapes.refund_id end
            order by refunds_of_all_shapes.created_at, refunds_of_all_shapes.refund_id
        ) as release_number
    from refunds_of_all_shapes
    inner join payments
        on refunds_of_all_shapes.payment_id = payments.payment_id
    where
        refunds_of_all_shapes.balance_transaction_id is null
        and (
            not payments.is_collected
            or refunds_of_all_shapes.amount = payments.amount - payments.amount_collected
        )
),

notes_summed as (
    select
        refund_id,
        min(credit_note_id) as credit_note_id,
        sum(amount) as amount
    from notes_of_refunds
    group by refund_id
),

final as (
    select
        -- keys
        refunds_of_all_shapes.source_account,
        refunds_of_all_shapes.refund_id,
        refunds_of_all_shapes.payment_id,
        notes_summed.credit_note_id,
        refunds_of_all_shapes.balance_transaction_id,
        -- facts
        refunds_of_all_shapes.refund_status,
        refunds_of_all_shapes.reason,
        refunds_of_all_shapes.currency,
        refunds_of_all_shapes.amount,
        least(
            coalesce(notes_summed.amount, cast(0 as decimal(38, 9))), refunds_of_all_shapes.amount
        ) as amount_in_credit_notes,
        refunds_of_all_shapes.created_at
    from refunds_of_all_shapes
    left join notes_summed
        on refunds_of_all_shapes.refund_id = notes_summed.refund_id
    left join releases
        on refunds_of_all_shapes.refund_id = releases.refund_id and releases.release_number = 1
    where releases.refund_id is null
)

select * from final
