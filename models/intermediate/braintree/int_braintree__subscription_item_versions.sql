with int_braintree__prices_of_items as (
    select * from {{ ref('int_braintree__prices_of_items') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        cast(item_position as bigint) as item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        list_price_id as product_id,
        quantity,
        min(valid_from) over (partition by subscription_item_id) as created_at,
        valid_from,
        valid_to,
        valid_to is null as is_newest
    from int_braintree__prices_of_items
)

select * from final
