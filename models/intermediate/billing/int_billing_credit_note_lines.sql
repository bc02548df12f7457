with stripe_credit_note_lines as (
    select * from {{ ref('stg_stripe__credit_note_lines') }}
),

stripe_line_discounts as (
    select * from {{ ref('stg_stripe__credit_note_line_discount_amounts') }}
),

stripe_line_taxes as (
    select * from {{ ref('stg_stripe__credit_note_line_taxes') }}
),

credit_notes as (
    select * from {{ ref('int_billing_credit_notes') }}
),

discounts_summed as (
    select
        credit_note_version_id,
        line_position,
        sum(amount) as discount_amount
    from stripe_line_discounts
    group by
        credit_note_version_id,
        line_position
),

taxes_summed as (
    select
        credit_note_version_id,
        line_position,
        sum(amount) as tax_amount,
        sum(case when is_inclusive then amount else cast(0 as decimal(38, 9)) end)
            as inclusive_tax_amount
    from stripe_line_taxes
    group by
        credit_note_version_id,
        line_position
),

parts_joined as (
    select
        stripe_credit_note_lines.*,
        cast(
            coalesce(
                discounts_summed.discount_amount, stripe_credit_note_lines.discount_amount, 0
            ) as decimal(38, 9)
        ) as discount_taken,
        cast(coalesce(taxes_summed.tax_amount, 0) as decimal(38, 9)) as tax_amount,
        cast(coalesce(taxes_summed.inclusive_tax_amount, 0) as decimal(38, 9))
            as inclusive_tax_amount
    from stripe_credit_note_lines
    left join discounts_summed
        on
            stripe_credit_note_lines.credit_note_version_id
            = discounts_summed.credit_note_version_id
            and stripe_credit_note_lines.line_position = discounts_summed.line_position
    left join taxes_summed
        on
            stripe_credit_note_lines.credit_note_version_id = taxes_summed.credit_note_version_id
            and stripe_credit_note_lines.line_position = taxes_summed.line_position
),

final as (
    select
        -- keys
        'stripe' as billing_provider,
        parts_joined.credit_note_line_id,
        parts_joined.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.customer_id,
        parts_joined.invoice_line_id,
        -- facts
        parts_joined.line_type,
        parts_joined.description,
        parts_joined.quantity,
        credit_notes.credit_note_status,
        credit_notes.is_void,
        -- money, positive: what is given back
        parts_joined.currency,
        parts_joined.amount,
        parts_joined.discount_taken as discount_amount,
        parts_joined.tax_amount,
        parts_joined.inclusive_tax_amount,
        cast(
            parts_joined.amount - parts_joined.discount_taken - parts_joined.inclusive_tax_amount
            as decimal(38, 9)
        ) as net_amount,
        -- times
        credit_notes.credited_at,
        credit_notes.voided_at
    from parts_joined
    inner join credit_notes
        on parts_joined.credit_note_id = credit_notes.credit_note_id
)

select * from final
