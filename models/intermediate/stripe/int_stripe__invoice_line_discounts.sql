with stripe_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
),

stripe_line_discounts as (
    select * from {{ ref('stg_stripe__invoice_line_discount_amounts') }}
),

stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
),

stripe_invoice_discounts as (
    select * from {{ ref('stg_stripe__invoice_discounts') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

invoices_with_line_discounts as (
    select distinct invoice_version_id
    from stripe_line_discounts
),

-- the oldest shape states a discount for the invoice as a whole and none for its lines
invoices_to_spread as (
    select
        stripe_invoices.invoice_version_id,
        min(stripe_invoice_discounts.discount_id) as discount_id,
        max(stripe_invoices.taken_off_minor) as discount_minor
    from stripe_invoices
    inner join stripe_invoice_discounts
        on stripe_invoices.invoice_version_id = stripe_invoice_discounts.invoice_version_id
    left join invoices_with_line_discounts
        on stripe_invoices.invoice_version_id = invoices_with_line_discounts.invoice_version_id
    where
        stripe_invoices.taken_off_minor > 0
        and invoices_with_line_discounts.invoice_version_id is null
    group by stripe_invoices.invoice_version_id
),

lines_summed as (
    select
        stripe_lines.source_account,
        stripe_lines.invoice_version_id,
        stripe_lines.line_position,
        stripe_lines.invoice_line_id,
        stripe_lines.currency,
        invoices_to_spread.discount_id,
        invoices_to_spread.discount_minor,
        sum(stripe_lines.amount_minor) over (
            partition by stripe_lines.invoice_version_id
            order by stripe_lines.line_position
            rows between unbounded preceding and current row
        ) as amount_to_here,
        sum(stripe_lines.amount_minor) over (
            partition by stripe_lines.invoice_version_id
        ) as amount_of_all
    from stripe_lines
    inner join invoices_to_spread
        on stripe_lines.invoice_version_id = invoices_to_spread.invoice_version_id
),

-- by weight; rounding running sums instead of parts makes the parts add up
running_sums_rounded as (
    select
        source_account,
        invoice_version_id,
        line_position,
        invoice_line_id,
        currency,
        discount_id,
        round(
            cast(discount_minor as decimal(28, 0)) * coalesce(
                cast({{ exact_divide('amount_to_here', 'amount_of_all') }} as decimal(18, 9)), 0
            ),
            0
        ) as discount_to_here
    from lines_summed
),

discounts_of_lines as (
    select
        source_account,
        invoice_line_id,
        currency,
        discount_id,
        0 as discount_position,
        cast(
            discount_to_here - coalesce(
                lag(discount_to_here) over (
                    partition by invoice_version_id order by line_position
                ),
                0
            ) as decimal(18, 0)
        ) as amount_minor
    from running_sums_rounded
    union all
    select
        stripe_lines.source_account,
        stripe_lines.invoice_line_id,
        stripe_lines.currency,
        stripe_line_discounts.discount_id,
        stripe_line_discounts.discount_position,
        cast(stripe_line_discounts.amount_minor as decimal(18, 0)) as amount_minor
    from stripe_line_discounts
    inner join stripe_lines
        on
            stripe_line_discounts.invoice_version_id = stripe_lines.invoice_version_id
            and stripe_line_discounts.line_position = stripe_lines.line_position
),

final as (
    select
        discounts_of_lines.source_account,
        discounts_of_lines.invoice_line_id,
        discounts_of_lines.discount_position,
        discounts_of_lines.discount_id,
        {{ to_major_units('discounts_of_lines.amount_minor', 'currency_exponents.exponent') }}
            as discount_amount
    from discounts_of_lines
    left join currency_exponents
        on discounts_of_lines.currency = currency_exponents.currency
)

select * from final
