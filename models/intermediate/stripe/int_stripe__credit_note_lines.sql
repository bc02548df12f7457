with stripe_credit_note_lines as (
    select * from {{ ref('stg_stripe__credit_note_lines') }}
),

stripe_line_discounts as (
    select * from {{ ref('stg_stripe__credit_note_line_discount_amounts') }}
),

stripe_line_credits as (
    select * from {{ ref('stg_stripe__credit_note_line_credit_amounts') }}
),

stripe_line_taxes as (
    select * from {{ ref('stg_stripe__credit_note_line_taxes') }}
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

credits_summed as (
    select
        credit_note_version_id,
        line_position,
        sum(amount) as credit_amount
    from stripe_line_credits
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

final as (
    select
        -- keys
        stripe_credit_note_lines.source_account,
        stripe_credit_note_lines.credit_note_line_id,
        stripe_credit_note_lines.credit_note_id,
        stripe_credit_note_lines.invoice_line_id,
        -- facts
        stripe_credit_note_lines.line_type,
        stripe_credit_note_lines.description,
        stripe_credit_note_lines.quantity,
        -- money, positive: what is given back
        stripe_credit_note_lines.currency,
        stripe_credit_note_lines.amount,
        coalesce(
            discounts_summed.discount_amount, stripe_credit_note_lines.discount_amount
        ) as discount_amount,
        taxes_summed.tax_amount,
        taxes_summed.inclusive_tax_amount,
        credits_summed.credit_amount
    from stripe_credit_note_lines
    left join discounts_summed
        on
            stripe_credit_note_lines.credit_note_version_id
            = discounts_summed.credit_note_version_id
            and stripe_credit_note_lines.line_position = discounts_summed.line_position
    left join credits_summed
        on
            stripe_credit_note_lines.credit_note_version_id = credits_summed.credit_note_version_id
            and stripe_credit_note_lines.line_position = credits_summed.line_position
    left join taxes_summed
        on
            stripe_credit_note_lines.credit_note_version_id = taxes_summed.credit_note_version_id
            and stripe_credit_note_lines.line_position = taxes_summed.line_position
)

select * from final
