with int_chargebee__lines_priced as (
    select * from {{ ref('int_chargebee__lines_priced') }}
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        product_id,
        case
            when subscription_id is not null and is_recurring then 'subscription'
            else 'invoiceitem'
        end as line_type,
        description,
        is_proration,
        is_recurring,
        case when is_metered then 'metered' else 'licensed' end as usage_type,
        billing_interval,
        billing_interval_count,
        quantity,
        currency,
        amount,
        tax_amount,
        inclusive_tax_amount,
        period_start_at,
        period_end_at
    from int_chargebee__lines_priced
)

select * from final
