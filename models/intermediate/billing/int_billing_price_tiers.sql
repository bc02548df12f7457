with all_vendors as (
    {{ union_of_vendors('price_tiers') }}
),

final as (
    select
        billing_provider,
        source_account,
        price_id,
        currency,
        tier_number,
        coalesce(
            lag(up_to) over (partition by price_id, currency order by tier_number), 0
        ) as starts_above,
        up_to,
        unit_amount_minor,
        unit_amount,
        flat_amount_minor,
        flat_amount
    from all_vendors
)

select * from final
