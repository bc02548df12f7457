with all_vendors as (
    {{ union_of_vendors('coupon_products') }}
),

final as (
    select
        billing_provider,
        source_account,
        coupon_id,
        product_id
    from all_vendors
)

select * from final
