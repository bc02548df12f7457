with amounts as (
    {{ children_of_newest('recurly', 'coupon_currencies', 'coupons') }}
),

final as (
    select
        source_account,
        {{ account_key('recurly', '_root_id') }} as coupon_id,
        lower(currency) as currency,
        cast(amount as decimal(38, 9)) as amount_off
    from amounts
)

select * from final
