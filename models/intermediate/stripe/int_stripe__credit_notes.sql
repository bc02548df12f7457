with stripe_credit_notes as (
    select * from {{ ref('stg_stripe__credit_notes') }}
),

final as (
    select
        -- keys
        source_account,
        credit_note_id,
        invoice_id,
        customer_id,
        -- facts
        credit_note_status,
        credit_note_type,
        reason,
        credit_note_status = 'void' as is_void,
        -- money
        currency,
        amount,
        subtotal,
        total,
        total_excluding_tax,
        discount_amount,
        pre_payment_amount,
        post_payment_amount,
        out_of_band_amount,
        -- times
        created_at,
        coalesce(effective_at, created_at) as credited_at,
        voided_at
    from stripe_credit_notes
    where not is_deleted
)

select * from final
