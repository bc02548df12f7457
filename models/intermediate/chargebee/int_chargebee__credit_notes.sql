with chargebee_credit_notes as (
    select * from {{ ref('stg_chargebee__credit_notes') }}
),

-- A write-off is bad debt of its invoice, and takes back no revenue.
final as (
    select
        source_account,
        credit_note_id,
        invoice_id,
        customer_id,
        case when status = 'voided' then 'void' else 'issued' end as credit_note_status,
        credit_note_type,
        reason,
        coalesce(status = 'voided', false) as is_void,
        currency,
        total as amount,
        subtotal,
        total,
        case
            when credit_note_type = 'adjustment' then total
            else cast(0 as decimal(38, 9))
        end as pre_payment_amount,
        case
            when credit_note_type = 'adjustment' then cast(0 as decimal(38, 9))
            else total
        end as post_payment_amount,
        credited_at as created_at,
        credited_at,
        voided_at
    from chargebee_credit_notes
    where not is_write_off and coalesce(credit_note_type, '') <> 'store'
)

select * from final
