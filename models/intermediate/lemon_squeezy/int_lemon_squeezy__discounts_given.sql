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

bills_ranked as (
    select
        *,
        min(created_at) over (partition by subscription_id) as started_at,
        row_number() over (
            partition by subscription_id order by created_at desc, invoice_id desc
        ) as recency
    from lemon_squeezy_invoices
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
        -- an amount is in the store's currency: what was converted, the newest bill tells
        case
            when redemptions.amount_off_minor is null or bills.currency = bills.store_currency
                then redemptions.amount_off_minor
            else bills_ranked.discount_minor
        end as amount_off_minor,
        bills_ranked.started_at,
        row_number() over (
            partition by bills.subscription_id, redemptions.coupon_id
            order by redemptions.created_at desc, redemptions.redemption_id asc
        ) as recency
    from lemon_squeezy_redemptions as redemptions
    inner join bills_of_subscriptions as bills
        on redemptions.order_id = bills.order_id
    left join lemon_squeezy_discounts as discounts
        on redemptions.coupon_id = discounts.coupon_id
    left join bills_ranked
        on
            bills.subscription_id = bills_ranked.subscription_id
            and bills_ranked.recency = 1
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
