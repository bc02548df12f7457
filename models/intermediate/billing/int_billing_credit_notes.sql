with all_vendors as (
    {{ union_of_vendors('credit_notes') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.credit_note_id,
        all_vendors.invoice_id,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        -- facts
        all_vendors.credit_note_status,
        all_vendors.credit_note_type,
        all_vendors.reason,
        all_vendors.is_void,
        -- money
        all_vendors.currency,
        all_vendors.amount,
        all_vendors.subtotal,
        all_vendors.total,
        all_vendors.total_excluding_tax,
        all_vendors.discount_amount,
        all_vendors.pre_payment_amount,
        all_vendors.post_payment_amount,
        all_vendors.out_of_band_amount,
        -- times
        all_vendors.created_at,
        all_vendors.credited_at,
        all_vendors.voided_at
    from all_vendors
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final
