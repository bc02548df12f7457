with all_vendors as (
    {{ union_of_vendors('subscription_phase_items') }}
),

final as (
    select
        billing_provider,
        source_account,
        schedule_id,
        phase_number,
        item_number,
        price_id,
        quantity
    from all_vendors
)

select * from final
