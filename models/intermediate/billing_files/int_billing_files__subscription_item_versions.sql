with int_billing_files__items_of_states as (
    select * from {{ ref('int_billing_files__items_of_states') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        cast(item_position as bigint) as item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        min(valid_from) over (partition by subscription_item_id) as created_at,
        valid_from,
        valid_to,
        is_newest
    from int_billing_files__items_of_states
)

select * from final
