with tiers_of_states as (
    select * from {{ ref('stg_chargebee__subscription_item_tiers') }}
),

tiers_of_changes as (
    select * from {{ ref('stg_chargebee__scheduled_item_tiers') }}
),

final as (
    select
        subscription_version_id as tiers_owner_id,
        item_position,
        tier_number,
        up_to,
        price,
        price_in_decimal,
        pricing_type,
        package_size
    from tiers_of_states
    union all
    select
        scheduled_change_id as tiers_owner_id,
        item_position,
        tier_number,
        up_to,
        price,
        price_in_decimal,
        pricing_type,
        package_size
    from tiers_of_changes
)

select * from final
