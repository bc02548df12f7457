with invoices as (
    {{ children_of_newest('chargebee', 'transaction_invoices', 'transactions') }}
),

credit_notes as (
    {{ children_of_newest('chargebee', 'transaction_credit_notes', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as transaction_id,
        'invoice' as linked_to,
        {{ account_key('chargebee', 'invoice_id') }} as linked_id,
        applied_amount
    from invoices
    union all
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as transaction_id,
        'credit_note' as linked_to,
        {{ account_key('chargebee', 'cn_id') }} as linked_id,
        applied_amount
    from credit_notes
)

select * from final
