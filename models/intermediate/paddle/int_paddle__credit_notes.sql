with paddle_adjustments as (
    select * from {{ ref('stg_paddle__adjustments') }}
),

final as (
    select
        source_account,
        adjustment_id as credit_note_id,
        invoice_id,
        customer_id,
        case when status = 'approved' then 'issued' else 'void' end as credit_note_status,
        action as credit_note_type,
        reason,
        status <> 'approved' as is_void,
        currency,
        total as amount,
        subtotal,
        total,
        subtotal as total_excluding_tax,
        case when action = 'credit' then total else cast(0 as decimal(38, 9)) end
            as pre_payment_amount,
        case when action = 'refund' then total else cast(0 as decimal(38, 9)) end
            as post_payment_amount,
        created_at,
        created_at as credited_at,
        case when status <> 'approved' then updated_at end as voided_at
    from paddle_adjustments
    where action in ('refund', 'credit') and status in ('approved', 'rejected', 'reversed')
)

select * from final
