with int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_billing_credit_note_lines as (
    select * from {{ ref('int_billing_credit_note_lines') }}
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

-- A credit takes back what is still to come of its line; when nothing is, it counts on its day.
credit_notes_dated as (
    select
        credit_note_lines.credit_note_line_id,
        credit_note_lines.customer_id,
        credit_note_lines.currency,
        -- What credits had paid for was no revenue of its line.
        credit_note_lines.credit_amount - credit_note_lines.net_amount as net_amount,
        int_revenue_lines.product_id,
        int_revenue_lines.invoice_line_id,
        {{ day_of('credit_note_lines.credited_at') }} as credit_date,
        case
            when
                int_revenue_lines.service_start_date > {{ day_of('credit_note_lines.credited_at') }}
                then int_revenue_lines.service_start_date
            else {{ day_of('credit_note_lines.credited_at') }}
        end as first_day,
        cast({{ dbt.dateadd(
            'day', 'int_revenue_lines.service_days', 'int_revenue_lines.service_start_date'
        ) }} as date) as line_end_date
    from int_billing_credit_note_lines as credit_note_lines
    left join int_revenue_lines
        on credit_note_lines.invoice_line_id = int_revenue_lines.invoice_line_id
    left join int_billing_invoices
        on credit_note_lines.invoice_id = int_billing_invoices.invoice_id
    where
        not credit_note_lines.is_void
        -- What was never revenue is not given back.
        and coalesce(int_billing_invoices.invoice_status, 'paid')
        not in ('void', 'draft', 'deleted')
),

final as (
    select
        'credit_note_line' as revenue_kind,
        credit_note_line_id as item_id,
        invoice_line_id,
        customer_id,
        product_id,
        currency,
        net_amount,
        cast(null as decimal(38, 9)) as net_before,
        credit_date as booked_date,
        first_day as service_start_date,
        greatest(coalesce({{ days_between('first_day', 'line_end_date') }}, 1), 1) as service_days
    from credit_notes_dated
)

select * from final
