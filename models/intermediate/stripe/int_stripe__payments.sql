{{ config(materialized='table') }}

with stripe_charges as (
    select * from {{ ref('stg_stripe__charges') }}
),

stripe_invoice_payments as (
    select * from {{ ref('stg_stripe__invoice_payments') }}
),

stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
),

-- charge and invoice know of each other by different ways, depending on the API version
links as (
    select
        charge_id,
        invoice_id
    from stripe_charges
    where invoice_id is not null
    union
    select
        charge_id,
        invoice_id
    from stripe_invoices
    where charge_id is not null
    union
    select
        charge_id,
        invoice_id
    from stripe_invoice_payments
    where charge_id is not null
    union
    select
        stripe_charges.charge_id,
        stripe_invoices.invoice_id
    from stripe_charges
    inner join stripe_invoices
        on stripe_charges.payment_intent_id = stripe_invoices.payment_intent_id
    union
    select
        stripe_charges.charge_id,
        stripe_invoice_payments.invoice_id
    from stripe_charges
    inner join stripe_invoice_payments
        on stripe_charges.payment_intent_id = stripe_invoice_payments.payment_intent_id
),

links_counted as (
    select
        charge_id,
        min(invoice_id) as invoice_id,
        count(*) as invoice_count
    from links
    group by charge_id
),

final as (
    select
        -- keys
        stripe_charges.source_account,
        stripe_charges.charge_id as payment_id,
        stripe_charges.customer_id,
        -- a payment of several invoices belongs to none of them alone: see invoice_payments
        case when links_counted.invoice_count = 1 then links_counted.invoice_id end as invoice_id,
        coalesce(links_counted.invoice_count, 0) as invoice_count,
        stripe_charges.payment_intent_id,
        stripe_charges.balance_transaction_id,
        -- facts
        stripe_charges.charge_status as payment_status,
        stripe_charges.is_paid and coalesce(stripe_charges.is_captured, true) as is_collected,
        stripe_charges.is_refunded,
        stripe_charges.is_disputed,
        stripe_charges.failure_code,
        stripe_charges.description,
        -- money
        stripe_charges.currency,
        stripe_charges.amount,
        case
            when stripe_charges.is_paid and coalesce(stripe_charges.is_captured, true)
                then coalesce(stripe_charges.amount_captured, stripe_charges.amount)
            else cast(0 as decimal(38, 9))
        end as amount_collected,
        coalesce(stripe_charges.amount_refunded, cast(0 as decimal(38, 9))) as amount_refunded,
        -- times
        stripe_charges.created_at
    from stripe_charges
    left join links_counted
        on stripe_charges.charge_id = links_counted.charge_id
    where not stripe_charges.is_deleted
)

select * from final
