with int_chargebee__items_planned as (
    select * from {{ ref('int_chargebee__items_planned') }}
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        item_number,
        price_id,
        quantity
    from int_chargebee__items_planned
)

select * from final
