with int_paddle__discounts_given as (
    select * from {{ ref('int_paddle__discounts_given') }}
),

int_paddle__coupons as (
    select * from {{ ref('int_paddle__coupons') }}
),

int_paddle__lines_priced as (
    select * from {{ ref('int_paddle__lines_priced') }}
    where discount_amount > 0 and not is_proration and quantity > 0
),

newest_first as (
    select
        *,
        row_number() over (partition by discount_id order by version_number desc) as recency
    from int_paddle__discounts_given
),

bills_discounted as (
    select
        subscription_id,
        coupon_id,
        billed_currency,
        invoice_id,
        max(period_start_at) as period_start_at,
        sum(discount_amount) as discount_amount,
        sum(quantity) as quantity
    from int_paddle__lines_priced
    group by
        subscription_id,
        coupon_id,
        billed_currency,
        invoice_id
),

bills_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, coupon_id, billed_currency
            order by period_start_at desc, invoice_id desc
        ) as recency
    from bills_discounted
),

-- An amount in another currency than the subscription's is what Paddle makes of it on a bill.
with_terms as (
    select
        discounts.*,
        coalesce(discounts.duration, coupons.duration) as coupon_duration,
        coalesce(discounts.currency, coupons.currency) <> discounts.subscription_currency
        and (discounts.seats is not null or coupons.amount_off is not null) as is_converted,
        bills.discount_amount as billed_amount,
        bills.quantity as billed_quantity
    from newest_first as discounts
    left join int_paddle__coupons as coupons
        on discounts.coupon_id = coupons.coupon_id
    left join bills_ranked as bills
        on
            discounts.subscription_id = bills.subscription_id
            and discounts.coupon_id = bills.coupon_id
            and discounts.subscription_currency = bills.billed_currency
            and bills.recency = 1
    where discounts.recency = 1
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        case when is_converted then coupon_duration else duration end as duration,
        case when not coalesce(is_converted, false) then amount_off_minor end as amount_off_minor,
        case
            when not coalesce(is_converted, false) then amount_off
            when seats is null then cast(billed_amount as decimal(38, 9))
            else {{ share_of('billed_amount', 'seats', 'billed_quantity') }}
        end as amount_off,
        case when is_converted then subscription_currency else currency end as currency,
        is_limited_to_products,
        started_at,
        ends_at
    from with_terms
)

select * from final
