with all_vendors as (
    {{ union_of_vendors('coupon_currency_options') }}
),

final as (
    select
        billing_provider,
        source_account,
        coupon_id,
        currency,
        amount_off_minor,
        amount_off
    from all_vendors
)

select * from final
