with recurly_coupon_amounts as (
    select * from {{ ref('stg_recurly__coupon_amounts') }}
),

final as (
    select
        source_account,
        coupon_id,
        currency,
        amount_off
    from recurly_coupon_amounts
)

select * from final
