{{ config(severity='warn') }}

-- An invoice asks for its lines' net amounts and taxes, less the credits applied to them. A row
-- here is an invoice whose total holds something that its lines do not show, such as shipping.
with invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

lines_summed as (
    select
        invoice_id,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        sum(credit_amount) as credit_amount
    from {{ ref('int_billing_invoice_lines') }}
    group by invoice_id
)

select
    invoices.invoice_id,
    invoices.invoice_status,
    invoices.total,
    lines_summed.net_amount,
    lines_summed.tax_amount,
    lines_summed.credit_amount
from invoices
inner join lines_summed
    on invoices.invoice_id = lines_summed.invoice_id
where
    invoices.total <> lines_summed.net_amount
    -- the oldest shape states tax for the whole invoice only
    + case
        when lines_summed.tax_amount = 0 then invoices.tax_amount
        else lines_summed.tax_amount
    end
    - lines_summed.credit_amount
