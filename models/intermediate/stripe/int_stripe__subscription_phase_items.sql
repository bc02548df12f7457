with stripe_phase_items as (
    select * from {{ ref('stg_stripe__subscription_schedule_phase_items') }}
),

final as (
    select
        source_account,
        schedule_id,
        phase_number,
        item_number,
        price_id,
        quantity
    from stripe_phase_items
)

select * from final
