{{ config(materialized='table') }}

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

-- A positive line of a subscription. Fees that are charged once are none.
lines_charged as (
    select
        invoice_lines.subscription_id,
        coalesce(invoice_lines.usage_type, 'licensed') = 'metered' as is_usage,
        case
            when invoices_credited.invoice_id is not null then 'credited'
            else invoice_lines.invoice_status
        end as invoice_status,
        coalesce(invoice_lines.collection_method, 'charge_automatically') as collection_method,
        invoice_lines.is_proration,
        invoice_lines.period_start_at,
        {{ dbt.dateadd('minute', 5, 'subscriptions.starts_at') }} as begun_by,
        invoice_lines.invoice_finalized_at as finalized_at,
        case
            when invoice_lines.invoice_status = 'void' then invoice_lines.invoice_voided_at
            when invoice_lines.invoice_status = 'uncollectible'
                then invoice_lines.invoice_marked_uncollectible_at
            when invoices_credited.invoice_id is not null then invoice_lines.invoice_paid_at
        end as given_up_at
    from int_billing_invoice_lines as invoice_lines
    inner join int_mrr_subscriptions as subscriptions
        on invoice_lines.subscription_id = subscriptions.subscription_id
    left join invoices_credited
        on invoice_lines.invoice_id = invoices_credited.invoice_id
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
periods_charged as (
    select *
    from lines_compared
    where
        (not is_usage or has_plan = 0)
        and (
            not is_proration
            or period_start_at <= begun_by
            or first_period_at is null
            or period_start_at < first_period_at
        )
),

first_periods_paid as (
    select
        subscription_id,
        min(period_start_at) as proven_from
    from periods_charged
    where invoice_status = 'paid'
    group by subscription_id
),

-- What is sent for later payment counts from then on, until it is given up.
proofs as (
    select
        subscription_id,
        proven_from,
        cast(null as {{ timestamp_type() }}) as proven_to
    from first_periods_paid
    union all
    select
        subscription_id,
        finalized_at as proven_from,
        given_up_at as proven_to
    from periods_charged
    where
        collection_method = 'send_invoice'
        and finalized_at is not null
        and invoice_status in ('open', 'void', 'uncollectible', 'credited')
        and (invoice_status = 'open' or given_up_at > finalized_at)
    union all
    -- Nothing was ever charged for: its state alone says what it earns.
    select
        subscriptions.subscription_id,
        cast('1970-01-01' as {{ timestamp_type() }}) as proven_from,
        cast(null as {{ timestamp_type() }}) as proven_to
    from int_mrr_subscriptions as subscriptions
    left join periods_charged
        on subscriptions.subscription_id = periods_charged.subscription_id
    where
        periods_charged.subscription_id is null
        or '{{ mrr_switch('require_first_payment') }}' = 'false'
),

proofs_compared as (
    select
        *,
        max(coalesce(proven_to, {{ dbt.dateadd('day', 1, as_of_timestamp()) }})) over (
            partition by subscription_id
            order by proven_from, proven_to
            rows between unbounded preceding and 1 preceding
        ) as proven_before_to
    from proofs
),

proofs_numbered as (
    select
        *,
        sum(case when proven_before_to >= proven_from then 0 else 1 end) over (
            partition by subscription_id
            order by proven_from, proven_to
            rows between unbounded preceding and current row
        ) as stretch_number
    from proofs_compared
),

final as (
    select
        subscription_id,
        min(proven_from) as proven_from,
        case
            when max(case when proven_to is null then 1 else 0 end) = 0 then max(proven_to)
        end as proven_to
    from proofs_numbered
    group by
        subscription_id,
        stretch_number
)

select * from final
