with stripe_currency_options as (
    select * from {{ ref('stg_stripe__coupon_currency_options') }}
),

final as (
    select
        'stripe' as billing_provider,
        coupon_id,
        currency,
        amount_off_minor,
        amount_off
    from stripe_currency_options
)

select * from final
