with file_lines as (
    select * from {{ ref('stg_billing_files__invoice_lines') }}
    where discount_amount <> 0
),

int_billing_files__discounts_given as (
    select * from {{ ref('int_billing_files__discounts_given') }}
),

-- The discount that the subscription has on the period's first day; else one of the line alone.
final as (
    select
        file_lines.source_account,
        file_lines.invoice_line_id,
        cast(0 as bigint) as discount_position,
        coalesce(discounts_given.discount_id, file_lines.invoice_line_id || '/discount')
            as discount_id,
        file_lines.discount_amount
    from file_lines
    left join int_billing_files__discounts_given as discounts_given
        on
            file_lines.subscription_id || '/' || file_lines.product_id
            = discounts_given.subscription_item_id
            and file_lines.period_start_at >= discounts_given.valid_from
            and file_lines.period_start_at < {{ until('discounts_given.valid_to') }}
)

select * from final
