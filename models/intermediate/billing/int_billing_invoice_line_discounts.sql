{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('invoice_line_discounts') }}
),

final as (
    select
        billing_provider,
        source_account,
        invoice_line_id,
        discount_position,
        discount_id,
        discount_amount
    from all_vendors
)

select * from final
