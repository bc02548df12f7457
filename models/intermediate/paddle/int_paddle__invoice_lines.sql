with int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
),

final as (
    select
        source_account,
        invoice_line_id,
        line_position,
        invoice_id,
        subscription_id,
        subscription_id || '/' || list_price_id as subscription_item_id,
        price_id,
        product_id,
        case
            when subscription_id is not null and billing_interval is not null and not is_trial
                then 'subscription'
            else 'invoiceitem'
        end as line_type,
        description,
        is_proration,
        -- what a trial costs is no price of the time after it, and no proof that this was paid
        billing_interval is not null and not is_trial as is_recurring,
        'licensed' as usage_type,
        billing_interval,
        billing_interval_count,
        quantity,
        billed_currency as currency,
        amount,
        tax_amount,
        inclusive_tax_amount,
        period_start_at,
        period_end_at
    from int_paddle__lines_priced
)

select * from final
