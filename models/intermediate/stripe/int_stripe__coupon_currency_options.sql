with stripe_currency_options as (
    select * from {{ ref('stg_stripe__coupon_currency_options') }}
),

final as (
    select
        source_account,
        coupon_id,
        currency,
        amount_off_minor,
        amount_off
    from stripe_currency_options
)

select * from final
