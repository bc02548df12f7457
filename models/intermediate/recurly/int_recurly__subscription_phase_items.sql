with int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where phase_number is not null and not is_metered
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        cast(item_position as bigint) as item_number,
        price_id,
        quantity
    from int_recurly__items_priced
)

select * from final
