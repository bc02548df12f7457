with int_chargebee__discounts_given as (
    select * from {{ ref('int_chargebee__discounts_given') }}
),

newest_first as (
    select
        *,
        row_number() over (partition by discount_id order by version_number desc) as recency
    from int_chargebee__discounts_given
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        duration,
        percent_off,
        amount_off,
        currency,
        started_at,
        ends_at
    from newest_first
    where recency = 1
)

select * from final
