with int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
    where phase_number is not null and not is_metered
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        cast(
            row_number() over (
                partition by schedule_id, phase_number
                order by
                    case when item_type = 'plan' then 0 else 1 end, item_position, list_price_id
            ) as bigint
        ) as item_number,
        list_price_id,
        subscription_item_id,
        price_id,
        quantity
    from int_chargebee__items_priced
)

select * from final
