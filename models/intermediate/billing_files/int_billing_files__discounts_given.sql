with int_billing_files__items_of_states as (
    select * from {{ ref('int_billing_files__items_of_states') }}
    where discount_percent > 0
),

-- The same percentage after another one is a discount of its own, bounded by its states.
final as (
    select
        source_account,
        subscription_version_id,
        subscription_id,
        subscription_item_id,
        customer_id,
        subscription_version_id || '/' || subscription_item_id as discount_id,
        discount_percent,
        valid_from,
        valid_to,
        is_newest
    from int_billing_files__items_of_states
)

select * from final
