with int_billing_files__discounts_given as (
    select * from {{ ref('int_billing_files__discounts_given') }}
),

final as (
    select
        source_account,
        discount_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        'forever' as duration,
        cast(discount_percent as decimal(38, 12)) as percent_off,
        false as is_limited_to_products,
        valid_from as started_at,
        valid_to as ends_at
    from int_billing_files__discounts_given
)

select * from final
