with int_billing_files__discounts_given as (
    select * from {{ ref('int_billing_files__discounts_given') }}
),

final as (
    select
        source_account,
        subscription_version_id as owner_version_id,
        'subscription_item' as discount_level,
        customer_id,
        subscription_id,
        subscription_item_id,
        cast(0 as bigint) as discount_position,
        discount_id,
        valid_from,
        valid_to,
        is_newest
    from int_billing_files__discounts_given
)

select * from final
