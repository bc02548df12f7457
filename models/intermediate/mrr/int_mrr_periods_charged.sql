with int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

-- What credit notes took away before anything was paid was paid by nobody, whatever its state says.
invoices_credited as (
    select invoice_id
    from {{ ref('int_billing_invoices') }}
    where invoice_status = 'paid' and total > 0 and pre_payment_credit_notes_amount >= total
),

notes_before_payment as (
    select credit_note_id
    from {{ ref('int_billing_credit_notes') }}
    where pre_payment_amount > 0 and not is_void
),

lines_credited as (
    select
        credit_note_lines.invoice_line_id,
        sum(credit_note_lines.net_amount) as credited_amount
    from {{ ref('int_billing_credit_note_lines') }} as credit_note_lines
    inner join notes_before_payment
        on credit_note_lines.credit_note_id = notes_before_payment.credit_note_id
    where credit_note_lines.invoice_line_id is not null
    group by credit_note_lines.invoice_line_id
),

-- A positive line of a subscription. Fees that are charged once are none.
lines_charged as (
    select
        invoice_lines.subscription_id,
        coalesce(invoice_lines.usage_type, 'licensed') = 'metered' as is_usage,
        case
            when
                invoices_credited.invoice_id is not null
                or (
                    invoice_lines.invoice_status = 'paid'
                    and lines_credited.credited_amount >= invoice_lines.net_amount
                )
                then 'credited'
            else invoice_lines.invoice_status
        end as invoice_status,
        coalesce(invoice_lines.collection_method, 'charge_automatically') as collection_method,
        invoice_lines.is_proration,
        invoice_lines.period_start_at,
        {{ dbt.dateadd('minute', 5, 'subscriptions.starts_at') }} as begun_by,
        invoice_lines.invoice_finalized_at as finalized_at,
        case invoice_lines.invoice_status
            when 'void' then invoice_lines.invoice_voided_at
            when 'uncollectible' then invoice_lines.invoice_marked_uncollectible_at
            when 'paid' then invoice_lines.invoice_paid_at
        end as given_up_at
    from int_billing_invoice_lines as invoice_lines
    inner join int_mrr_subscriptions as subscriptions
        on invoice_lines.subscription_id = subscriptions.subscription_id
    left join invoices_credited
        on invoice_lines.invoice_id = invoices_credited.invoice_id
    left join lines_credited
        on invoice_lines.invoice_line_id = lines_credited.invoice_line_id
    where
        invoice_lines.is_recurring
        and invoice_lines.amount > 0
        and invoice_lines.invoice_status <> 'deleted'
        and invoice_lines.invoice_created_at <= {{ as_of_timestamp() }}
),

lines_compared as (
    select
        *,
        max(case when is_usage or is_proration then 0 else 1 end) over (
            partition by subscription_id
        ) as has_plan,
        min(case when not is_usage and not is_proration then period_start_at end) over (
            partition by subscription_id
        ) as first_period_at
    from lines_charged
),

-- A part of a period is a first one where no whole one was charged before: after a trial, up to the
-- day that all are billed on, or of what came to usage alone. Usage is billed when its period is
-- over: that it was paid for is no proof for the plan beside it.
final as (
    select
        subscription_id,
        invoice_status,
        collection_method,
        period_start_at,
        finalized_at,
        given_up_at
    from lines_compared
    where
        (not is_usage or has_plan = 0)
        and (
            not is_proration
            or period_start_at <= begun_by
            or first_period_at is null
            or period_start_at < first_period_at
        )
)

select * from final
