with chargebee_invoices as (
    select * from {{ ref('stg_chargebee__invoices') }}
),

int_chargebee__subscription_versions as (
    select * from {{ ref('int_chargebee__subscription_versions') }}
    where is_newest
),

chargebee_lines as (
    select * from {{ ref('stg_chargebee__invoice_lines') }}
),

chargebee_credit_notes as (
    select * from {{ ref('stg_chargebee__credit_notes') }}
    where is_write_off and coalesce(status, '') <> 'voided'
),

write_offs as (
    select
        invoice_id,
        min(credited_at) as written_off_at
    from chargebee_credit_notes
    group by invoice_id
),

-- A bill of several subscriptions names them in its lines alone.
collection_of_lines as (
    select
        lines.invoice_id,
        min(subscriptions.collection_method) as collection_method
    from chargebee_lines as lines
    inner join int_chargebee__subscription_versions as subscriptions
        on lines.subscription_id = subscriptions.subscription_id
    group by lines.invoice_id
),

-- What was written off was not paid, whatever Chargebee calls it then.
invoices_stated as (
    select
        invoices.*,
        write_offs.written_off_at,
        coalesce(subscriptions.collection_method, collection_of_lines.collection_method)
            as collection_method,
        case
            when invoices.status = 'voided' then 'void'
            when invoices.write_off_amount > 0 then 'uncollectible'
            when invoices.status = 'paid' then 'paid'
            when invoices.status in ('posted', 'payment_due', 'not_paid') then 'open'
            else 'draft'
        end as invoice_status
    from chargebee_invoices as invoices
    left join write_offs
        on invoices.invoice_id = write_offs.invoice_id
    left join int_chargebee__subscription_versions as subscriptions
        on invoices.subscription_id = subscriptions.subscription_id
    left join collection_of_lines
        on invoices.invoice_id = collection_of_lines.invoice_id
),

final as (
    select
        -- keys
        source_account,
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        -- facts
        case
            when is_deleted and invoice_status = 'draft' then 'deleted'
            else invoice_status
        end as invoice_status,
        case
            when subscription_id is null then 'manual'
            when is_first then 'subscription_create'
            when is_recurring then 'subscription_cycle'
            else 'manual'
        end as billing_reason,
        coalesce(collection_method, 'charge_automatically') as collection_method,
        is_deleted,
        -- money
        currency,
        subtotal,
        tax_amount,
        total,
        total - credits_applied as amount_due,
        amount_paid,
        case when invoice_status = 'uncollectible' then write_off_amount else amount_remaining end
            as amount_remaining,
        -- times
        billed_at as created_at,
        case when invoice_status <> 'draft' then billed_at end as finalized_at,
        case
            when invoice_status = 'paid'
                then coalesce(paid_at, case when total - credits_applied <= 0 then billed_at end)
        end as paid_at,
        voided_at,
        case when invoice_status = 'uncollectible' then written_off_at end
            as marked_uncollectible_at,
        due_at,
        next_payment_attempt_at,
        observed_at
    from invoices_stated
)

select * from final
