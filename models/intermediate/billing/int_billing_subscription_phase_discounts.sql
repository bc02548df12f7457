with all_vendors as (
    {{ union_of_vendors('subscription_phase_discounts') }}
),

final as (
    select
        billing_provider,
        source_account,
        schedule_id,
        phase_number,
        item_number,
        discount_position,
        coupon_id,
        discount_id
    from all_vendors
)

select * from final
