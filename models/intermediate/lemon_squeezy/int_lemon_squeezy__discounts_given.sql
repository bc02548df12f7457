with lemon_squeezy_redemptions as (
    select * from {{ ref('stg_lemon_squeezy__discount_redemptions') }}
),

lemon_squeezy_discounts as (
    select * from {{ ref('stg_lemon_squeezy__discounts') }}
),

lemon_squeezy_invoices as (
    select * from {{ ref('stg_lemon_squeezy__subscription_invoices') }}
    where discount_minor > 0
),

bills_of_subscriptions as (
    select * from {{ ref('int_lemon_squeezy__bills_of_subscriptions') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

first_discounted_bills as (
    select
        subscription_id,
        min(created_at) as started_at
    from lemon_squeezy_invoices
    group by subscription_id
),

-- A discount is redeemed with the order that a subscription began with, on the terms of that day.
redeemed as (
    select
        redemptions.source_account,
        bills.subscription_id || '/' || redemptions.coupon_id as discount_id,
        redemptions.coupon_id,
        bills.subscription_id,
        bills.currency,
        discounts.duration,
        discounts.duration_in_months,
        redemptions.percent_off,
        redemptions.amount_off_minor,
        first_discounted_bills.started_at,
        row_number() over (
            partition by bills.subscription_id, redemptions.coupon_id
            order by redemptions.created_at desc, redemptions.redemption_id asc
        ) as recency
    from lemon_squeezy_redemptions as redemptions
    inner join bills_of_subscriptions as bills
        on redemptions.order_id = bills.order_id
    left join lemon_squeezy_discounts as discounts
        on redemptions.coupon_id = discounts.coupon_id
    left join first_discounted_bills
        on bills.subscription_id = first_discounted_bills.subscription_id
),

final as (
    select
        redeemed.source_account,
        redeemed.discount_id,
        redeemed.coupon_id,
        redeemed.subscription_id,
        redeemed.duration,
        cast(redeemed.percent_off as decimal(38, 12)) as percent_off,
        redeemed.amount_off_minor,
        {{ to_major_units('redeemed.amount_off_minor', 'currency_exponents.exponent') }}
            as amount_off,
        redeemed.currency,
        redeemed.started_at,
        case
            when redeemed.duration = 'repeating'
                then {{ dbt.dateadd(
                    'month', 'redeemed.duration_in_months', 'redeemed.started_at'
                ) }}
        end as ends_at
    from redeemed
    left join currency_exponents
        on redeemed.currency = currency_exponents.currency
    where redeemed.recency = 1
)

select * from final
