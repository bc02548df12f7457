with int_paddle__discounts_given as (
    select * from {{ ref('int_paddle__discounts_given') }}
),

final as (
    select
        source_account,
        subscription_version_id as owner_version_id,
        case when subscription_item_id is null then 'subscription' else 'subscription_item' end
            as discount_level,
        customer_id,
        subscription_id,
        subscription_item_id,
        cast(0 as bigint) as discount_position,
        discount_id,
        valid_from,
        valid_to,
        is_newest
    from int_paddle__discounts_given
)

select * from final
