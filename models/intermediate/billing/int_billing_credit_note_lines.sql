with all_vendors as (
    {{ union_of_vendors('credit_note_lines') }}
),

credit_notes as (
    select * from {{ ref('int_billing_credit_notes') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.credit_note_line_id,
        all_vendors.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.customer_id,
        all_vendors.invoice_line_id,
        -- facts
        all_vendors.line_type,
        all_vendors.description,
        all_vendors.quantity,
        credit_notes.credit_note_status,
        credit_notes.is_void,
        -- money, positive: what is given back
        all_vendors.currency,
        all_vendors.amount,
        cast(coalesce(all_vendors.discount_amount, 0) as decimal(38, 9)) as discount_amount,
        cast(coalesce(all_vendors.tax_amount, 0) as decimal(38, 9)) as tax_amount,
        cast(coalesce(all_vendors.inclusive_tax_amount, 0) as decimal(38, 9))
            as inclusive_tax_amount,
        cast(coalesce(all_vendors.credit_amount, 0) as decimal(38, 9)) as credit_amount,
        cast(
            all_vendors.amount
            - coalesce(all_vendors.discount_amount, 0)
            - coalesce(all_vendors.inclusive_tax_amount, 0)
            as decimal(38, 9)
        ) as net_amount,
        -- times
        credit_notes.credited_at,
        credit_notes.voided_at
    from all_vendors
    inner join credit_notes
        on all_vendors.credit_note_id = credit_notes.credit_note_id
)

select * from final
