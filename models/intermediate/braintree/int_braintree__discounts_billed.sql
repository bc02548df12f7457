{{ config(materialized='table') }}

with braintree_discounts as (
    select * from {{ ref('stg_braintree__transaction_discounts') }}
),

bills as (
    select * from {{ ref('int_braintree__bills') }}
    where not is_proration
),

bills_numbered as (
    select
        *,
        row_number() over (
            partition by subscription_id order by period_start_at, created_at
        ) as bill_number,
        lead(period_start_at) over (
            partition by subscription_id order by period_start_at, created_at
        ) as next_bill_at
    from bills
),

on_bills as (
    select
        transaction_id,
        coupon_id,
        min(discount_position) as discount_position,
        sum(discount_amount) as discount_amount
    from braintree_discounts
    group by
        transaction_id,
        coupon_id
),

-- Bills one after the other with the same amount have the same difference of numbers.
numbered as (
    select
        bills.source_account,
        bills.transaction_id,
        bills.subscription_id,
        bills.customer_id,
        bills.currency,
        on_bills.coupon_id,
        on_bills.discount_position,
        on_bills.discount_amount,
        bills.bill_number,
        bills.bill_number - row_number() over (
            partition by bills.subscription_id, on_bills.coupon_id, on_bills.discount_amount
            order by bills.bill_number
        ) as run,
        bills.period_start_at,
        case
            when bills.next_bill_at < bills.period_end_at then bills.next_bill_at
            else bills.period_end_at
        end as period_end_at
    from on_bills
    inner join bills_numbered as bills
        on on_bills.transaction_id = bills.transaction_id
),

dated as (
    select
        *,
        min(period_start_at) over (
            partition by subscription_id, coupon_id, discount_amount, run
        ) as started_at,
        max(period_end_at) over (
            partition by subscription_id, coupon_id, discount_amount, run
        ) as ends_at
    from numbered
),

final as (
    select
        source_account,
        transaction_id,
        discount_position,
        subscription_id || '/' || coupon_id || '/'
        || cast({{ day_of('started_at') }} as {{ dbt.type_string() }}) as discount_id,
        subscription_id,
        customer_id,
        currency,
        discount_amount,
        started_at,
        ends_at
    from dated
)

select * from final
