with int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

invoices_with_a_charge as (
    select
        subscription_id,
        invoice_status,
        collection_method,
        finalized_at,
        row_number() over (
            partition by subscription_id order by created_at, invoice_id
        ) as charge_number
    from int_billing_invoices
    where
        subscription_id is not null
        and total > 0
        and created_at <= {{ as_of_timestamp() }}
        and invoice_status <> 'deleted'
),

final as (
    select
        subscription_id,
        invoice_status = 'paid'
        or (
            coalesce(collection_method, 'charge_automatically') = 'send_invoice'
            and finalized_at is not null
        ) as is_proven
    from invoices_with_a_charge
    where charge_number = 1
)

select * from final
